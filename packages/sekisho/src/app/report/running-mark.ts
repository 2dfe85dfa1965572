import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../io/clock/index.ts';
import { IoError } from '../../io/error.ts';
import type { Log } from '../../io/log/index.ts';

const NAME = 'report.running';

export interface RunningMarkOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Leaves a file that is there while the service runs. If one is there at the start, the last run was killed, and what
 * arrived in its last seconds may be missing from the counts: the log then says so.
 *
 * @returns what takes the mark away, once everything is kept.
 * @throws {IoError} `mark-failed`.
 */
export async function leaveRunningMark(options: RunningMarkOptions): Promise<() => Promise<void>> {
  const { directory, clock, log } = options;
  const path = join(directory, NAME);
  const earlier = await readMark(path);
  if (earlier !== undefined)
    log.warn('the last run was killed: sessions of its last seconds may be missing', {
      startedAt: earlier,
    });
  try {
    await writeFile(path, new Date(clock.now()).toISOString(), { mode: 0o600 });
  } catch (cause) {
    throw failure('write', path, cause);
  }
  return () => rm(path, { force: true });
}

/** Whatever a mark holds, it is one; only an instant of ours is told. */
async function readMark(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'latin1');
    return /^[\d:.TZ-]{20,30}$/.test(text) ? text : 'unknown';
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw failure('read', path, cause);
  }
}

function failure(action: string, path: string, cause: unknown): IoError {
  const { message } = cause as Error;
  return new IoError('mark-failed', `Cannot ${action} ${path}: ${message}`, {
    temporary: false,
    cause,
  });
}
