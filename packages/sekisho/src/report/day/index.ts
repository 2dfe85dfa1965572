/** What a day's sessions of a domain become: a report with its destinations, or a reason for none (RFC 8460 §4). */
export { DAY_REPORT_LIMITS, type DayReportLimits } from './fit-policies.ts';
export {
  type DayReport,
  type DayReportOptions,
  type DayToReport,
  type LookedUpRecord,
  makeReport,
} from './make-report.ts';
export { reportIdOf } from './report-id.ts';
