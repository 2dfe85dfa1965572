import type { AlertState } from '../../alert/index.ts';
import type { IntakeAlertCode } from '../../intake/index.ts';
import type { PublishAlertCode } from '../../publish/index.ts';

/** Every alert that there is. */
export type AlertCode = PublishAlertCode | IntakeAlertCode;

/** An alert as it is told. */
export type ToldAlert = AlertState<AlertCode>;

/** The role that found an alert. */
export type AlertRole = 'publisher' | 'intake';

/** Raised when a receiver would have to be changed; fields may be added without. */
const VERSION = 1;

/** What command and webhook get: one line of JSON; `docs/alerts.md` says what is in it. */
export function formatAlert(state: ToldAlert, role: AlertRole): string {
  const { key, code, kind, severity, subject, message, remedy, raisedAtMs, toldAtMs } = state;
  const { domain, mxHost, submitter } = subject;
  const alert = {
    version: VERSION,
    at: new Date(toldAtMs).toISOString(),
    role,
    code,
    kind,
    severity,
    domain,
    mxHost,
    submitter,
    message,
    remedy,
    raisedAt: new Date(raisedAtMs).toISOString(),
    key,
  };
  return `${JSON.stringify(alert)}\n`;
}
