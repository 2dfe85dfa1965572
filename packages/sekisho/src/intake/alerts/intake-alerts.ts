import type { AlertRules, AlertSink } from '../../alert/index.ts';

/** Every alert of the intake; `docs/alerts.md` says of each when it is raised, and when it is over. */
export const INTAKE_ALERTS = {
  'failures-reported': { severities: ['warning', 'error'], repeatMs: 'never' },
  'reporter-silent': { severities: ['warning'], repeatMs: 'never' },
  'refused-burst': { severities: ['warning'], repeatMs: 'never' },
} as const satisfies AlertRules;

export type IntakeAlertCode = keyof typeof INTAKE_ALERTS;

/** Where the intake tells what it found. */
export type IntakeAlertSink = AlertSink<IntakeAlertCode>;

/** When an alert is raised. */
export interface ReportAlertSettings {
  /** Failed sessions of a domain's day, as a share of all, from 0 to 1. Default 0.05. */
  readonly failedShare: number;
  /** Failed sessions of a domain's day, whatever the share. Default 10. */
  readonly failedCount: number;
  /** Refused arrivals within an hour. Default 50. */
  readonly refusedAnHour: number;
  /** Whether a reporter's silence is told. Default true. */
  readonly silentReporters: boolean;
  /** Days looked at, up to today: the reports of a day come in the course of the next. Default 3. */
  readonly days: number;
}

export const REPORT_ALERT_SETTINGS: ReportAlertSettings = {
  failedShare: 0.05,
  failedCount: 10,
  refusedAnHour: 50,
  silentReporters: true,
  days: 3,
};
