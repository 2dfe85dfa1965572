import { type ReportSummary, toCsv } from '../../../intake/index.ts';
import type { Grouping } from './words.ts';

/** One table of a summary as CSV: domains, or what is asked for. */
export function formatCsv(summary: ReportSummary, by: Grouping | undefined): string {
  switch (by) {
    case undefined:
      return toCsv(
        ['domain', 'reports', 'days', 'successful', 'failed', 'successfulBefore', 'failedBefore'],
        summary.domains.map(({ before, ...totals }) => ({
          ...totals,
          successfulBefore: before.successful,
          failedBefore: before.failed,
        })),
      );
    case 'reporter':
      return toCsv(
        ['submitter', 'reports', 'days', 'successful', 'failed', 'firstDay', 'lastDay'],
        summary.reporters,
      );
    case 'result':
      return toCsv(['domain', 'resultType', 'policyType', 'mode', 'sessions'], summary.results);
    case 'mx':
      return toCsv(
        ['mxHost', 'address', 'resultType', 'sessions', 'firstDay', 'lastDay'],
        summary.mxHosts,
      );
    case 'day':
      return toCsv(['day', 'reports', 'successful', 'failed'], summary.days);
  }
}
