/** What received reports mean, and what to do about it. */
export { explainFailures, type FailureFacts } from './explain-failures.ts';
export { explainReporters, type ReporterFacts } from './explain-reporters.ts';
export type { Evidence, Finding, FindingCode, Language, Reach } from './finding.ts';
export { readReportSummary, type ReportSummary, type SummaryOptions } from './read-summary.ts';
export { findSilentReporters, type SilentReporter } from './reporter-cadence.ts';
export { type CsvCell, toCsv } from './to-csv.ts';
