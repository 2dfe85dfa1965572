import { join } from 'node:path';
import type { Clock } from '../../io/clock/index.ts';
import { toAscii } from '../../io/idn/index.ts';
import type { Log } from '../../io/log/index.ts';
import { followFile, followJournal, type TailSource } from '../../io/log-tail/index.ts';
import { utcDayOf } from '../../report/store/index.ts';
import { createLogReader, parseSyslogLine, type SyslogMessage } from '../../report/index.ts';
import type { Settings } from '../config/index.ts';
import type { CountingStore } from './counting-store.ts';
import { createPositionFile } from './position-file.ts';

export interface FollowLogParts {
  readonly settings: Settings['report']['log'];
  /** Where the position is kept. */
  readonly directory: string;
  readonly store: CountingStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** Counts the sessions in Postfix's log, if the settings name one. */
export function followLog(parts: FollowLogParts): TailSource | undefined {
  const { settings, directory, store, clock, log } = parts;
  const { file, journal, programs } = settings;
  const reader = createLogReader({ toAscii });
  const take = async (messages: readonly SyslogMessage[]): Promise<void> => {
    const sessions = messages.flatMap((message) =>
      reader.read(message).map(({ atMs, session }) => ({ ...session, day: utcDayOf(atMs) })),
    );
    if (sessions.length > 0) await store.addSessions(sessions);
  };
  if (file !== undefined)
    return followFile({
      path: file,
      position: createPositionFile(join(directory, 'report-log.json')),
      take: (lines) => take(parseLines(lines, clock.now())),
      clock,
      log,
    });
  if (!journal) return undefined;
  return followJournal({
    programs,
    position: createPositionFile(join(directory, 'report-journal.json')),
    take,
    clock,
    log,
  });
}

function parseLines(lines: readonly string[], nowMs: number): readonly SyslogMessage[] {
  return lines.map((line) => parseSyslogLine(line, nowMs)).filter((each) => each !== undefined);
}
