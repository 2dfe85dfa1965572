import type { DatabaseSync } from 'node:sqlite';
import type { AlertState } from './answers.ts';

/** What alerts said last. */
export function createAlertTable(database: DatabaseSync) {
  const put = database.prepare(
    'INSERT OR REPLACE INTO alert_states (key, state, at_ms) VALUES (?, ?, ?)',
  );
  const remove = database.prepare('DELETE FROM alert_states WHERE key = ?');
  const list = database.prepare('SELECT key, state, at_ms AS atMs FROM alert_states ORDER BY key');
  return {
    putAlertState: (key: string, state: string | undefined, atMs: number): void => {
      if (state === undefined) remove.run(key);
      else put.run(key, state, atMs);
    },
    listAlertStates: () => list.all().map((row) => ({ ...row }) as unknown as AlertState),
  };
}
