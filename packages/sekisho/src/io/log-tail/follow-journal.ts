import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '../clock/index.ts';
import type { Log } from '../log/index.ts';
import { createLineSplitter } from './line-splitter.ts';
import type { PositionStore, TailSource } from './tail-source.ts';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

export interface FollowJournalOptions {
  /** Names under which programs write, such as `postfix/smtp`; at least one. */
  readonly programs: readonly string[];
  /** The cursor of the last message taken. */
  readonly position: PositionStore<string>;
  /** Takes messages in order. The position is saved when it resolves; if it rejects, they are handed over again. */
  readonly take: (entries: readonly JournalEntry[]) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  /** Program and first arguments. Default `['journalctl']`. */
  readonly command?: readonly [string, ...string[]];
  /** Longer messages, in their JSON form, are dropped. Default 65,536. */
  readonly longestLineBytes?: number;
}

/**
 * Follows the systemd journal until closed, by a `journalctl` of its own. When that ends it is started again behind
 * the last message taken, after a second and then ever later up to a minute. Without a kept cursor it begins with
 * what is written from now on. Messages that were taken just before a kill may come again.
 *
 * @throws {TypeError} without programs.
 */
export function followJournal(options: FollowJournalOptions): TailSource {
  if (options.programs.length === 0) throw new TypeError('Cannot follow the journal of no program');
  const { clock, log, take, position } = options;
  let isClosed = false;
  let pauseMs = FIRST_PAUSE_MS;
  let cancel = (): void => undefined;
  let child: ChildProcess | undefined;
  let run: Promise<void> = Promise.resolve();

  const takeLines = async (lines: readonly string[]): Promise<void> => {
    const entries = lines.map(parseJournalEntry).filter((entry) => entry !== undefined);
    const last = entries.at(-1);
    if (last === undefined) return;
    await take(entries);
    await position.save(last.cursor);
    pauseMs = FIRST_PAUSE_MS;
  };

  /** Until the program ends; its output is read no faster than it is taken. */
  const follow = async (): Promise<string> => {
    const cursor = await position.load();
    if (isClosed) return 'closed';
    const started = startJournal(options, cursor);
    child = started.child;
    const splitter = createLineSplitter(options.longestLineBytes ?? 65_536);
    try {
      for await (const chunk of started.child.stdout ?? []) {
        if (isClosed) break;
        await takeLines(splitter.push(chunk as Buffer).lines);
      }
    } finally {
      started.child.kill();
    }
    return await started.ended;
  };

  const attempt = async (): Promise<void> => {
    try {
      const reason = await follow();
      if (!isClosed) log.warn('journal ended; it is followed again', { reason, afterMs: pauseMs });
    } catch (error) {
      log.warn('journal cannot be followed; it is tried again', { error, afterMs: pauseMs });
    }
    if (isClosed) return;
    cancel = clock.after(pauseMs, turn);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
  };
  const turn = (): void => {
    run = attempt();
  };

  turn();
  return {
    async close() {
      isClosed = true;
      cancel();
      child?.kill();
      await run;
    },
  };
}

interface StartedJournal {
  readonly child: ChildProcess;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
}

function startJournal(
  { command = ['journalctl'], programs }: FollowJournalOptions,
  cursor: string | undefined,
): StartedJournal {
  const [program, ...first] = command;
  const names = programs.flatMap((name) => ['-t', name]);
  const from = cursor === undefined ? ['-n', '0'] : [`--after-cursor=${cursor}`];
  const child = spawn(program, [...first, '-f', '-o', 'json', '--no-pager', ...names, ...from], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, signal) => resolve(`ended with ${String(code ?? signal)}`));
  });
  return { child, ended };
}

/** One message of the systemd journal, as `journalctl -o json` writes it. */
export interface JournalEntry {
  readonly cursor: string;
  /** When the journal received it. */
  readonly atMs: number;
  /** What the program calls itself, such as `postfix/smtp`. */
  readonly program: string;
  readonly pid: number;
  readonly message: string;
}

/** Reads one line of `journalctl -o json`; undefined for what is no message of a program. Never throws. */
export function parseJournalEntry(line: string): JournalEntry | undefined {
  const fields = parseObject(line);
  if (fields === undefined) return undefined;
  const cursor = fields['__CURSOR'];
  const program = fields['SYSLOG_IDENTIFIER'];
  const atMicroseconds = readNatural(fields['__REALTIME_TIMESTAMP']);
  const pid = readNatural(fields['SYSLOG_PID'] ?? fields['_PID']);
  const message = readMessage(fields['MESSAGE']);
  if (typeof cursor !== 'string' || typeof program !== 'string' || message === undefined)
    return undefined;
  if (atMicroseconds === undefined || pid === undefined) return undefined;
  return { cursor, atMs: Math.floor(atMicroseconds / 1000), program, pid, message };
}

/** The journal writes numbers as text. `Number` would also take lists, and throws for objects of some keys. */
function readNatural(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d+$/u.test(value)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
}

/** Octets that are no UTF-8 come as a list of numbers. */
function readMessage(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  const isOctets = value.every((each) => Number.isInteger(each) && each >= 0 && each <= 255);
  return isOctets ? Buffer.from(value as number[]).toString('utf8') : undefined;
}
