import { isAbsolute } from 'node:path';
import type { Clock } from '../clock/index.ts';
import { type CommandEnd, runCommand } from '../command/index.ts';
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
    case 'aborted':
      return { kind: 'failed', code: 'hook-killed', message: `${start} was ended` };
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
