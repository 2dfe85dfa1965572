import { spawn } from 'node:child_process';
import { isAbsolute } from 'node:path';
import type { Clock } from '../clock/index.ts';
import { escapeText } from '../log/index.ts';
import type { DnsUpdater, TxtChange, UpdateOutcome } from './dns-updater.ts';

export interface CommandUpdaterOptions {
  readonly clock: Clock;
  /** Absolute path of the program, then its arguments; no shell reads them. */
  readonly command: readonly string[];
  /** Then the program and what it started are ended. Default 60 000 ms. */
  readonly timeoutMs?: number;
}

/** EX_TEMPFAIL of sysexits(3). */
const TRY_LATER = 75;
const MESSAGE_MAX = 500;

/**
 * Has a program of the operator's change the DNS. It gets one JSON object on its standard input and says by its exit
 * code how it went: 0 done, 75 try again later, anything else refused; the last line of its standard error says why.
 *
 * @throws TypeError if the command is no absolute path.
 */
export function createCommandUpdater(options: CommandUpdaterOptions): DnsUpdater {
  const { clock, command, timeoutMs = 60_000 } = options;
  const [program = '', ...args] = command;
  if (!isAbsolute(program)) {
    throw new TypeError(`Cannot run "${program}" for DNS updates: must be an absolute path`);
  }
  return {
    async replaceTxt(change) {
      const input = `${JSON.stringify(toOrder(change))}\n`;
      return judge(program, await runCommand({ clock, program, args, input, timeoutMs }));
    },
  };
}

/** What the program reads; documented for operators, so fields are only ever added. */
function toOrder({ name, ttlSeconds, startsWith, text }: TxtChange) {
  const where = { version: 1, type: 'TXT', name, startsWith };
  return text === undefined
    ? { ...where, action: 'remove' }
    : { ...where, action: 'replace', ttlSeconds, text };
}

function judge(program: string, end: CommandEnd): UpdateOutcome {
  const start = `The DNS hook ${program}`;
  switch (end.kind) {
    case 'not-started':
      return {
        kind: 'refused',
        code: 'hook-not-started',
        message: `${start} cannot be started (${end.reason})`,
        remedy: 'Check that the file exists and that the user of the service may run it.',
      };
    case 'timeout':
      return { kind: 'failed', code: 'hook-timeout', message: `${start} did not end in time` };
    case 'killed':
      return {
        kind: 'failed',
        code: 'hook-killed',
        message: `${start} was ended by ${end.signal}`,
      };
    case 'exited':
      return judgeExit(start, end.code, end.stderr);
  }
}

function judgeExit(start: string, code: number, stderr: string): UpdateOutcome {
  if (code === 0) return { kind: 'done' };
  const line = lastLine(stderr);
  const message = `${start} ended with code ${code}${line === '' ? '' : `: ${line}`}`;
  return code === TRY_LATER
    ? { kind: 'failed', code: 'hook-try-later', message }
    : { kind: 'refused', code: 'hook-refused', message, remedy: 'See what the hook says.' };
}

function lastLine(text: string): string {
  const line = text.split('\n').findLast((each) => each.trim() !== '') ?? '';
  return escapeText(line.trim().slice(0, MESSAGE_MAX));
}

interface CommandRun {
  readonly clock: Clock;
  readonly program: string;
  readonly args: readonly string[];
  readonly input: string;
  readonly timeoutMs: number;
}

type CommandEnd =
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
function runCommand({ clock, program, args, input, timeoutMs }: CommandRun): Promise<CommandEnd> {
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
