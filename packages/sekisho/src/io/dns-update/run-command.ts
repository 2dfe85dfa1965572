import { spawn } from 'node:child_process';
import type { Clock } from '../clock/index.ts';

export interface CommandRun {
  readonly clock: Clock;
  readonly program: string;
  readonly args: readonly string[];
  readonly input: string;
  readonly timeoutMs: number;
}

export type CommandEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly stderr: string }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'timeout' }
  /** `reason` is the system's error code. */
  | { readonly kind: 'not-started'; readonly reason: string };

/** What is kept of standard error: its end, where programs say why. */
const KEPT_CHARACTERS = 4096;
/** What was started in the background may hold standard error open; it is not waited for. */
const LINGER_MS = 500;

/** Runs a program without a shell, in a process group of its own so that all of it can be ended. Never rejects. */
export function runCommand({
  clock,
  program,
  args,
  input,
  timeoutMs,
}: CommandRun): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args], {
      detached: true,
      cwd: '/',
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let stderr = '';
    let isLate = false;
    const cancels: (() => void)[] = [];
    const finish = (end: CommandEnd): void => {
      for (const cancel of cancels) cancel();
      child.stderr.destroy();
      resolve(isLate ? { kind: 'timeout' } : end);
    };
    const finishExited = (code: number | null, signal: NodeJS.Signals | null): void =>
      finish(
        code === null
          ? { kind: 'killed', signal: signal ?? 'a signal' }
          : { kind: 'exited', code, stderr },
      );
    cancels.push(
      clock.after(timeoutMs, () => {
        isLate = true;
        killGroup(child.pid);
      }),
    );
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = `${stderr}${text}`.slice(-KEPT_CHARACTERS);
    });
    child.on('error', (error: NodeJS.ErrnoException) =>
      finish({ kind: 'not-started', reason: error.code ?? error.name }),
    );
    child.on('exit', (code, signal) => {
      cancels.push(clock.after(LINGER_MS, () => finishExited(code, signal)));
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
