/** What a day's sessions of a domain become: a report with its destinations, or a reason for none (RFC 8460 §4). */
export type { DayReportLimits } from './fit-policies.ts';
export {
  type DayReport,
  type DayReportOptions,
  type DayToReport,
  type LookedUpRecord,
  makeReport,
} from './make-report.ts';
