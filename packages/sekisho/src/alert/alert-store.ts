import type { AlertState } from './alert.ts';

/** Where a role keeps what it has told. */
export interface AlertStore {
  /** What stands, and what is over and not told to everybody yet; by key. */
  listAlerts(): Promise<readonly AlertState[]>;
  /** One transaction. Drops what was over before `forgetBeforeMs`. */
  putAlerts(states: readonly AlertState[], forgetBeforeMs: number): Promise<void>;
}

/** The same for tests: kept in memory. */
export function createMemoryAlertStore(): AlertStore {
  const rows = new Map<string, AlertState>();
  return {
    listAlerts: async () =>
      [...rows.values()]
        .filter(({ endedAtMs, isDelivered }) => endedAtMs === undefined || !isDelivered)
        .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    async putAlerts(states, forgetBeforeMs) {
      for (const state of states) rows.set(state.key, state);
      for (const [key, { endedAtMs = Infinity }] of rows)
        if (endedAtMs < forgetBeforeMs) rows.delete(key);
    },
  };
}
