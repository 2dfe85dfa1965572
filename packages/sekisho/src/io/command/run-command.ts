import { spawn } from 'node:child_process';
import type { Clock } from '../clock/index.ts';

/** A program of the operator's, and what it is given. */
export interface CommandRun {
  readonly clock: Clock;
  readonly program: string;
  readonly args: readonly string[];
  /** For its standard input; it need not read it. */
  readonly input: string;
  /** Then the program and what it started are ended. */
  readonly timeoutMs: number;
  /** Ends them at once. */
  readonly signal?: AbortSignal;
}

/** How it ended. */
export type CommandEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly stderr: string }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'timeout' }
  /** By the signal that was given. */
  | { readonly kind: 'aborted' }
  /** `reason` is the system's error code. */
  | { readonly kind: 'not-started'; readonly reason: string };

/** What is kept of standard error: its end, where programs say why. */
const KEPT_CHARACTERS = 4096;
/** What was started in the background may hold standard error open; it is not waited for. */
const LINGER_MS = 500;

/** Runs a program without a shell, in a process group of its own so that all of it can be ended. Never rejects. */
export function runCommand(run: CommandRun): Promise<CommandEnd> {
  const { clock, program, args, input, timeoutMs, signal } = run;
  if (signal?.aborted === true) return Promise.resolve({ kind: 'aborted' });
  return new Promise((resolve) => {
    const child = spawn(program, [...args], {
      detached: true,
      cwd: '/',
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let stderr = '';
    let endedBy: 'timeout' | 'aborted' | undefined;
    const cancels: (() => void)[] = [];
    const finish = (end: CommandEnd): void => {
      for (const cancel of cancels) cancel();
      child.stderr.destroy();
      resolve(endedBy === undefined ? end : { kind: endedBy });
    };
    const finishExited = (code: number | null, by: NodeJS.Signals | null): void =>
      finish(
        code === null
          ? { kind: 'killed', signal: by ?? 'a signal' }
          : { kind: 'exited', code, stderr },
      );
    const kill = (why: 'timeout' | 'aborted'): void => {
      // What has ended by itself is judged by how it ended, also while what it left behind is waited for.
      if (child.exitCode === null && child.signalCode === null) endedBy ??= why;
      killGroup(child.pid);
    };
    const abort = (): void => kill('aborted');
    signal?.addEventListener('abort', abort);
    cancels.push(
      () => signal?.removeEventListener('abort', abort),
      clock.after(timeoutMs, () => kill('timeout')),
    );
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = `${stderr}${text}`.slice(-KEPT_CHARACTERS);
    });
    child.on('error', (error: NodeJS.ErrnoException) =>
      finish({ kind: 'not-started', reason: error.code ?? error.name }),
    );
    child.on('exit', (code, by) => {
      cancels.push(clock.after(LINGER_MS, () => finishExited(code, by)));
    });
    child.on('close', finishExited);
    // A program that ends without reading its input is judged by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // Gone already: its exit is on the way.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
