/** Alerts on what received reports say, and on reports that stay away. */
export type { ReportAlert, ReportAlertSettings } from './alert.ts';
export {
  createReportAlerts,
  type ReportAlerts,
  type ReportAlertsOptions,
} from './create-report-alerts.ts';
