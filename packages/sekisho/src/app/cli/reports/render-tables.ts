import type { ReportSummary } from '../../../intake/index.ts';
import type { TextStyle } from '../text/style.ts';
import { alignRight } from '../text/table.ts';
import { showRemote } from '../text/remote-text.ts';
import { formatTable } from '../text/table.ts';
import { formatCount, formatShare } from './format-number.ts';
import type { Grouping } from './words.ts';
import type { UnverifiedReporter } from './read-unverified.ts';

/** Rows with their heading. */
export interface Table {
  readonly heading: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns of numbers. */
  readonly right: readonly number[];
  /** The column that is painted where it is not 0. */
  readonly failed?: number;
}

/** Lines of a table, its numbers aligned. */
export function renderTable(table: Table, { paint }: TextStyle): readonly string[] {
  const rows = alignRight([table.heading, ...table.rows], table.right);
  return formatTable(
    rows.map((row, index) =>
      index === 0
        ? row.map(paint.dim)
        : row.map((cell, column) =>
            column === table.failed && cell.trim() !== '0' ? paint.bad(cell) : cell,
          ),
    ),
  ).map((line) => `  ${line}`);
}

export function tableOf(summary: ReportSummary, by: Grouping): Table {
  switch (by) {
    case 'reporter':
      return {
        heading: ['reporter', 'reports', 'sessions', 'failed', 'share', 'last about'],
        rows: summary.reporters.map(({ submitter, reports, successful, failed, lastDay }) => [
          showRemote(submitter, 60),
          ...countAll(reports, successful, failed),
          lastDay,
        ]),
        right: [1, 2, 3, 4],
        failed: 3,
      };
    case 'result':
      return {
        heading: ['domain', 'kind', 'under', 'sessions'],
        rows: summary.results.map(({ domain, resultType, policyType, mode, sessions }) => [
          showRemote(domain, 80),
          showRemote(resultType, 60),
          showRemote(mode === undefined ? policyType : `${policyType} ${mode}`, 40),
          formatCount(sessions),
        ]),
        right: [3],
      };
    case 'mx':
      return {
        heading: ['mx', 'address', 'kind', 'sessions', 'first', 'last'],
        rows: summary.mxHosts.map(({ mxHost, address, resultType, sessions, ...days }) => [
          showRemote(mxHost ?? '-', 80),
          showRemote(address ?? '-', 45),
          showRemote(resultType, 60),
          formatCount(sessions),
          days.firstDay,
          days.lastDay,
        ]),
        right: [3],
      };
    case 'day':
      return {
        heading: ['day', 'reports', 'sessions', 'failed', 'share'],
        rows: summary.days.map(({ day, reports, successful, failed }) => [
          day,
          ...countAll(reports, successful, failed),
        ]),
        right: [1, 2, 3, 4],
        failed: 3,
      };
  }
}

/** Domains, with the trend against as many days before. */
export function domainTable(summary: ReportSummary, style: TextStyle): Table {
  return {
    heading: ['', 'domain', 'reports', 'sessions', 'failed', 'share', 'before'],
    rows: summary.domains.map(({ domain, reports, successful, failed, before }) => [
      failed === 0 ? style.marks.done : style.marks.failed,
      domain === '' ? '(not named)' : showRemote(domain, 80),
      ...countAll(reports, successful, failed),
      `${formatShare(before.failed, before.successful)}${trend(failed / (failed + successful), before)}`,
    ]),
    right: [2, 3, 4, 5],
    failed: 4,
  };
}

export function unverifiedTable(reporters: readonly UnverifiedReporter[]): Table {
  return {
    heading: ['reporter', 'reports', 'sessions', 'failed', 'why'],
    rows: reporters.map(({ submitter, reports, successful, failed, why }) => [
      showRemote(submitter, 60),
      formatCount(reports),
      formatCount(successful + failed),
      formatCount(failed),
      why.replace(/^not verified: /u, ''),
    ]),
    right: [1, 2, 3],
  };
}

function countAll(reports: number, successful: number, failed: number): readonly string[] {
  return [
    formatCount(reports),
    formatCount(successful + failed),
    formatCount(failed),
    formatShare(failed, successful),
  ];
}

function trend(
  share: number,
  before: { readonly successful: number; readonly failed: number },
): string {
  const all = before.successful + before.failed;
  if (all === 0 || Number.isNaN(share)) return '';
  const change = share - before.failed / all;
  // What does not show in the numbers is no trend.
  if (Math.abs(change) < 0.0005) return '';
  return change > 0 ? ' ↗' : ' ↘';
}
