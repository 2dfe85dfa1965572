/** Alerts as values: what is found, what is news of it, and the table of who was told what; no rule of any domain. */
export {
  type Alert,
  alertKey,
  type AlertKind,
  type AlertRules,
  type AlertSeverity,
  type AlertState,
  type AlertSubject,
  type EndedAlert,
  type Findings,
} from './alert.ts';
export { AlertBook, type AlertBookOptions, type AlertSink } from './alert-book.ts';
export { type AlertStore, createMemoryAlertStore } from './alert-store.ts';
export { ALERT_TABLE_SCHEMA, createAlertTable } from './alert-table.ts';
export { decideAlerts } from './decide-alerts.ts';
