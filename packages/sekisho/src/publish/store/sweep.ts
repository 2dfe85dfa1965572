import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PublishStoreLimits } from './limits.ts';

/** Rows of one delete: requests are answered between two of them. */
const ROWS_AT_ONCE = 2_000;

/** Makes the call that drops what has been kept long enough. */
export function createSweep(database: DatabaseSync, limits: PublishStoreLimits) {
  const drop = (table: string, column: string) =>
    database.prepare(`
      DELETE FROM ${table} WHERE seq IN (
        SELECT seq FROM ${table} WHERE ${column} < :before LIMIT ${ROWS_AT_ONCE})`);
  const tables = [
    { statement: drop('fetches', 'last_at_ms'), keptMs: limits.fetchesKeptMs },
    { statement: drop('probes', 'at_ms'), keptMs: limits.probesKeptMs },
    { statement: drop('events', 'at_ms'), keptMs: limits.eventsKeptMs },
  ];
  /** @param perform carries out one delete, or throws once the store is closed. */
  return async (
    nowMs: number,
    perform: (work: () => number | bigint) => number | bigint,
  ): Promise<void> => {
    for (const { statement, keptMs } of tables) {
      const once = () => statement.run({ before: nowMs - keptMs }).changes;
      while (perform(once) === ROWS_AT_ONCE) await nextTurn();
    }
  };
}
