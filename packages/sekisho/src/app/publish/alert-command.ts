import { execFile } from 'node:child_process';
import type { Clock } from '../../io/clock/index.ts';
import type { Log, LogFields } from '../../io/log/index.ts';

/** Passes alerts on to a program of the operator's. */
export interface Alarm {
  /** The log that everything about published domains is written to: what is a warning or worse is an alert too. */
  readonly log: Log;
  /** Waits for the program that runs; alerts that wait are dropped. */
  close(): Promise<void>;
}

interface AlarmOptions {
  /** Program and arguments; empty: no alert goes anywhere. */
  readonly command: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** How long the program may run. Default 30000. */
  readonly timeoutMs?: number;
}

/** The same about the same domain and host is told again after so long. */
const REPEAT_MS = 3_600_000;
const MOST_WAITING = 100;
const MOST_REMEMBERED = 10_000;

/** One program at a time, without a shell; it reads one line of JSON on standard input. */
export function createAlarm({ command, clock, log, timeoutMs = 30_000 }: AlarmOptions): Alarm {
  const [program, ...args] = command;
  if (program === undefined) return { log, close: () => Promise.resolve() };
  const toldAtMs = new Map<string, number>();
  let waiting = 0;
  let isClosed = false;
  let last = Promise.resolve();

  const isNews = (key: string): boolean => {
    const nowMs = clock.now();
    if (nowMs - (toldAtMs.get(key) ?? -Infinity) < REPEAT_MS) return false;
    if (toldAtMs.size >= MOST_REMEMBERED) toldAtMs.clear();
    toldAtMs.set(key, nowMs);
    return true;
  };
  const alert = (level: 'warn' | 'error', event: string, fields: LogFields): void => {
    if (isClosed || waiting >= MOST_WAITING) return;
    if (!isNews(JSON.stringify([event, fields['domain'], fields['code'], fields['mxHost']])))
      return;
    const at = new Date(clock.now()).toISOString();
    const input = `${JSON.stringify({ version: 1, at, level, event, ...toPlain(fields) })}\n`;
    waiting += 1;
    last = last
      .then(() => (isClosed ? undefined : runAlertCommand(program, args, input, timeoutMs)))
      .then((problem) => {
        waiting -= 1;
        if (problem !== undefined) log.error('the alert command failed', { program, problem });
      });
  };
  return {
    log: {
      debug: (event, fields) => log.debug(event, fields),
      info: (event, fields) => log.info(event, fields),
      warn(event, fields) {
        log.warn(event, fields);
        alert('warn', event, fields ?? {});
      },
      error(event, fields) {
        log.error(event, fields);
        alert('error', event, fields ?? {});
      },
    },
    close() {
      isClosed = true;
      return last;
    },
  };
}

function toPlain(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? value.message : value,
    ]),
  );
}

/** Runs a program of the operator's without a shell; resolves to what went wrong. */
export function runAlertCommand(
  program: string,
  args: readonly string[],
  input: string,
  timeoutMs: number,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 65_536 } as const;
    const child = execFile(program, args, options, (error) => resolve(error?.message));
    // A program that does not read its input is no failure.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
