import type { DatabaseSync } from 'node:sqlite';
import type { AlertSeverity, AlertKind, AlertState, AlertSubject } from './alert.ts';

/** The step by which a store gets the table; released steps are never changed. */
export const ALERT_TABLE_SCHEMA = `
  CREATE TABLE alerts (
    key TEXT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL,
    subject TEXT NOT NULL,
    severity TEXT NOT NULL,
    kind TEXT NOT NULL,
    message TEXT NOT NULL,
    remedy TEXT,
    heard TEXT NOT NULL,
    raised_at_ms INTEGER NOT NULL,
    told_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER,
    told_to TEXT NOT NULL,
    is_delivered INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX alerts_by_end ON alerts (ended_at_ms) WHERE ended_at_ms IS NOT NULL;
  `;

interface Row {
  readonly key: string;
  readonly code: string;
  readonly subject: string;
  readonly severity: AlertSeverity;
  readonly kind: AlertKind;
  readonly message: string;
  readonly remedy: string | null;
  readonly heard: string;
  readonly raised_at_ms: number;
  readonly told_at_ms: number;
  readonly ended_at_ms: number | null;
  readonly told_to: string;
  readonly is_delivered: number;
}

/** The calls of `AlertStore` on a store's database, without waiting; the caller holds the transaction. */
export function createAlertTable(database: DatabaseSync) {
  const list = database.prepare(
    'SELECT * FROM alerts WHERE ended_at_ms IS NULL OR is_delivered = 0 ORDER BY key',
  );
  const put = database.prepare(`
    INSERT OR REPLACE INTO alerts VALUES (:key, :code, :subject, :severity, :kind, :message,
      :remedy, :heard, :raised, :told, :ended, :toldTo, :isDelivered)`);
  const drop = database.prepare('DELETE FROM alerts WHERE ended_at_ms < ?');
  return {
    listAlerts: (): readonly AlertState[] => (list.all() as unknown as Row[]).map(toState),
    putAlerts: (states: readonly AlertState[], forgetBeforeMs: number): void => {
      for (const state of states) put.run(toColumns(state));
      drop.run(forgetBeforeMs);
    },
  };
}

function toColumns(state: AlertState) {
  const { key, code, severity, kind, message, remedy = null } = state;
  return {
    key,
    code,
    severity,
    kind,
    message,
    remedy,
    subject: JSON.stringify(state.subject),
    heard: JSON.stringify(state.heard),
    raised: state.raisedAtMs,
    told: state.toldAtMs,
    ended: state.endedAtMs ?? null,
    toldTo: JSON.stringify(state.toldTo),
    isDelivered: state.isDelivered ? 1 : 0,
  };
}

function toState(row: Row): AlertState {
  const { key, code, severity, kind, message, remedy, ended_at_ms: endedAtMs } = row;
  return {
    key,
    code,
    severity,
    kind,
    message,
    subject: JSON.parse(row.subject) as AlertSubject,
    ...(remedy !== null && { remedy }),
    heard: JSON.parse(row.heard) as readonly string[],
    raisedAtMs: row.raised_at_ms,
    toldAtMs: row.told_at_ms,
    ...(endedAtMs !== null && { endedAtMs }),
    toldTo: JSON.parse(row.told_to) as readonly string[],
    isDelivered: row.is_delivered === 1,
  };
}
