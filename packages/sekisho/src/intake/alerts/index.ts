/** Alerts on what received reports say, and on reports that stay away. */
export {
  INTAKE_ALERTS,
  type IntakeAlertCode,
  type IntakeAlertSink,
  type ReportAlertSettings,
} from './intake-alerts.ts';
export { ReportAlerts, type ReportAlertsOptions } from './report-alerts.ts';
