import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { toPrintable } from '../https/index.ts';

/** How the program ended. */
export type SendmailEnd =
  /** `said` is the last of its standard error, escaped, or empty. */
  | { readonly kind: 'exited'; readonly code: number; readonly said: string }
  /** `why` is empty unless we did it. */
  | { readonly kind: 'killed'; readonly signal: string; readonly why: string }
  /** `reason` is the system's error code. */
  | { readonly kind: 'not-started'; readonly reason: string };

/** A program that reads a message from its standard input. */
export interface Sendmail {
  /** @throws the system's error when the program does not read them. */
  write(bytes: Buffer): Promise<void>;
  /** Closes the standard input. */
  finish(): void;
  kill(why: string): void;
  readonly ended: Promise<SendmailEnd>;
}

const KEPT_CHARACTERS = 2048;

type Child = ChildProcessByStdio<Writable, null, Readable>;

/** Starts the program without a shell, in a process group of its own so that all of it can be ended. */
export function startSendmail(program: string, args: readonly string[]): Sendmail {
  const child: Child = spawn(program, [...args], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let why = '';
  // A program that ends without reading is judged by its exit code.
  child.stdin.on('error', () => undefined);
  return {
    write: (bytes) =>
      new Promise((resolve, reject) =>
        child.stdin.write(bytes, (error) => (error ? reject(error) : resolve())),
      ),
    finish: () => child.stdin.end(),
    kill(reason) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      if (why === '') why = reason;
      killGroup(child.pid);
    },
    ended: endOf(child, () => why),
  };
}

function endOf(child: Child, why: () => string): Promise<SendmailEnd> {
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-KEPT_CHARACTERS);
  });
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve({ kind: 'not-started', reason: error.code ?? error.name }),
    );
    child.once('exit', (code, signal) => {
      // What was started in the background may hold standard error open; it is not waited for.
      setImmediate(() => {
        child.stderr.destroy();
        resolve(
          code === null
            ? { kind: 'killed', signal: signal ?? 'a signal', why: why() }
            : { kind: 'exited', code, said: toPrintable(said.trim()) },
        );
      });
    });
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
