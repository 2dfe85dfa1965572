import type { Log, LogFields, LogLevel } from './log.ts';

/** One event as it was given to the log. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: LogFields;
}

/** A log that keeps what it is told, for tests. */
export interface MemoryLog extends Log {
  readonly entries: readonly LogEntry[];
}

/** A log that writes nowhere and keeps everything, whatever its level. */
export function createMemoryLog(): MemoryLog {
  const entries: LogEntry[] = [];
  const keep =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}): void =>
      void entries.push({ level, event, fields });
  return {
    entries,
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
  };
}
