/** The loop that makes reports when a day is over, and sends them (RFC 8460 §4.1, §5.5). */
export { createReporter } from './create-reporter.ts';
export type {
  OrderResult,
  Reporter,
  ReporterCounts,
  ReporterOptions,
  ReporterSettings,
  SendOrder,
} from './reporter.ts';
