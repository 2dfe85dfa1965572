import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../clock/index.ts';
import { toPrintable } from '../https/index.ts';
import type { MailHandOver, MailOut } from './mail-out.ts';

export interface SendmailMailOutOptions {
  readonly clock: Clock;
  /** The program: `/usr/sbin/sendmail` of nearly every mail server. */
  readonly program: string;
  /** For all of it; default 300,000. The whole process group is killed then. */
  readonly timeoutMs?: number;
}

/** Of sysexits.h: what is said of the message or its recipient, not of the mail system. */
const REFUSALS = new Map([
  [65, 'EX_DATAERR'],
  [67, 'EX_NOUSER'],
  [68, 'EX_NOHOST'],
]);

/**
 * Makes the way out by the `sendmail` command, which queues: `sendmail -i -f FROM -- TO`. Exit code 0 is "taken", 65, 67
 * and 68 are "refused", any other (75 is the usual one) is "later".
 */
export function createSendmailMailOut(options: SendmailMailOutOptions): MailOut {
  const { clock, program, timeoutMs = 300_000 } = options;
  return {
    async handOver({ from, to, message }, { beforeCommit, signal }) {
      const args = ['-i', '-f', from === '' ? '<>' : from, '--', to];
      const sendmail = startSendmail(program, args);
      let isGivenUp = false;
      const giveUp = (why: string): void => {
        isGivenUp = true;
        sendmail.kill(why);
      };
      const stop = clock.after(timeoutMs, () => giveUp(`not done after ${timeoutMs} ms`));
      const cancel = (): void => giveUp('cancelled');
      signal?.addEventListener('abort', cancel);
      if (signal?.aborted === true) cancel();
      let isEnded = false;
      const feed = async (): Promise<void> => {
        await sendmail.write(toLocalLines(message));
        if (isGivenUp) return;
        await beforeCommit();
        if (isGivenUp) return;
        isEnded = true;
        sendmail.finish();
      };
      // A message whose end never comes must not leave the program waiting for it.
      feed().catch(() => giveUp('the message did not go out whole'));
      const outcome = judge(await sendmail.ended, isEnded);
      stop();
      signal?.removeEventListener('abort', cancel);
      return outcome;
    },
  };
}

/** The command reads text of this system, and makes CRLF of its line ends again. */
function toLocalLines(message: Buffer): Buffer {
  return Buffer.from(message.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
}

function judge(end: SendmailEnd, isEnded: boolean): MailHandOver {
  switch (end.kind) {
    case 'not-started':
      return { kind: 'later', problem: `sendmail cannot be started: ${end.reason}` };
    case 'killed':
      return {
        kind: isEnded ? 'unknown' : 'later',
        problem: `sendmail was ended by ${end.signal}${end.why === '' ? '' : `: ${end.why}`}`,
      };
    case 'exited':
      return judgeExit(end, isEnded);
  }
}

function judgeExit(end: SendmailEnd & { readonly kind: 'exited' }, isEnded: boolean): MailHandOver {
  const { code, said } = end;
  const problem = `sendmail ended with exit code ${code}${said === '' ? '' : ` and said "${said}"`}`;
  if (code !== 0) {
    const name = REFUSALS.get(code);
    return name === undefined
      ? { kind: 'later', problem }
      : { kind: 'refused', problem: `${problem} (${name})` };
  }
  return isEnded
    ? { kind: 'taken', detail: 'sendmail took the message' }
    : { kind: 'later', problem: 'sendmail ended before it had read the message' };
}

/** How the program ended. */
type SendmailEnd =
  /** `said` is the last of its standard error, escaped, or empty. */
  | { readonly kind: 'exited'; readonly code: number; readonly said: string }
  /** `why` is empty unless we did it. */
  | { readonly kind: 'killed'; readonly signal: string; readonly why: string }
  /** `reason` is the system's error code. */
  | { readonly kind: 'not-started'; readonly reason: string };

/** A program that reads a message from its standard input. */
interface Sendmail {
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
function startSendmail(program: string, args: readonly string[]): Sendmail {
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
