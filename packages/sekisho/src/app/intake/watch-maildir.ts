import { join } from 'node:path';
import { type Acceptor, importPath, type ImportSummary } from '../../intake/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { Settings } from '../config/index.ts';
import { placeOf } from '../state/index.ts';

/** The name, within the state directory, of the file that remembers what of the Maildir was read. */
const MAILDIR_STATE = 'maildir.json';

export interface WatchMaildirParts {
  readonly settings: Settings;
  readonly acceptor: Acceptor;
  readonly clock: Clock;
  readonly log: Log;
}

/** Looks into the Maildir of the settings now, and again and again until it is stopped; nothing to do without one. */
export function watchMaildir(parts: WatchMaildirParts): { stop(): Promise<void> } {
  const { settings, clock, log } = parts;
  const { path, moving, everySeconds } = settings.intake.maildir;
  const stopping = new AbortController();
  let cancel = (): void => undefined;
  let looking = Promise.resolve();
  if (path === undefined) return { stop: () => looking };
  const look = async (): Promise<void> => {
    try {
      const summary = await importPath(path, {
        acceptor: parts.acceptor,
        maildirState: join(placeOf(settings, 'intake').directory, MAILDIR_STATE),
        isMoving: moving,
        signal: stopping.signal,
      });
      tell(summary, log);
    } catch (error) {
      log.error('the Maildir cannot be read', { path, error });
    }
    if (!stopping.signal.aborted) cancel = clock.after(everySeconds * 1000, begin);
  };
  const begin = (): void => void (looking = look());
  begin();
  return {
    async stop() {
      stopping.abort();
      cancel();
      await looking;
    },
  };
}

function tell({ counts, problems }: ImportSummary, log: Log): void {
  const looked = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (looked === 0) return;
  log.info('Maildir looked into', { ...counts });
  for (const { where, problem } of problems) log.warn('mail not taken', { where, problem });
}
