/** Alerts on what received reports say, and on reports that stay away. */
export { REPORT_ALERT_SETTINGS, type ReportAlert, type ReportAlertSettings } from './alert.ts';
export {
  createReportAlerts,
  type ReportAlerts,
  type ReportAlertsOptions,
} from './create-report-alerts.ts';
