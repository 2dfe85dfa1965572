/** Where sessions to be reported, and the reports made of them, are kept (RFC 8460). */
export type * from './report-store.ts';
export {
  createMemoryReportStore,
  openSqliteReportStore,
  REPORT_STORE_FILE_NAME,
} from './sqlite-report-store.ts';
export { destinationHost } from './report-table.ts';
export { nextUtcDay, utcDayOf, utcDayStartMs } from './utc-day.ts';
