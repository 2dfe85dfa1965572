import type { DaySummary, ListedReport, SkippedReport } from '../../../report/store/index.ts';
import type { TextStyle } from '../text/style.ts';
import { showRemote } from '../text/remote-text.ts';
import { formatTable } from '../text/table.ts';
import { alignRight } from '../text/table.ts';
import { describeDelivery, markOf } from './describe-delivery.ts';

/** What `report list` shows. */
export interface ReportList {
  readonly days: readonly DaySummary[];
  readonly reports: readonly ListedReport[];
  /** Domains without a report; only of a day that was asked for. */
  readonly skipped: readonly SkippedReport[];
}

const LONGEST_DESTINATION = 60;

/** `report list`: days, then reports with a line for each destination, then why there are none. */
export function renderList(list: ReportList, style: TextStyle): string {
  const parts = [renderDays(list, style), renderReports(list, style), renderSkipped(list, style)];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function renderDays({ days }: ReportList, style: TextStyle): readonly string[] {
  if (days.length === 0) return [];
  const { paint } = style;
  const rows = [
    ['day', 'state', 'domains', 'sessions', 'failures'],
    ...days.map(({ day, isClosed, domains, successes, failures }) => [
      day,
      isClosed ? 'closed' : 'open',
      String(domains),
      String(successes + failures),
      String(failures),
    ]),
  ];
  return paintHeading(alignRight(rows, [2, 3, 4]), style, (row) =>
    row.map((cell, column) => (column === 4 && cell.trim() !== '0' ? paint.careful(cell) : cell)),
  );
}

function paintHeading(
  rows: readonly (readonly string[])[],
  { paint }: TextStyle,
  paintRow: (row: readonly string[]) => readonly string[],
): readonly string[] {
  return formatTable(rows.map((row, index) => (index === 0 ? row.map(paint.dim) : paintRow(row))));
}

function renderReports({ reports }: ReportList, style: TextStyle): readonly string[] {
  if (reports.length === 0) return [];
  const rows = [
    ['day', 'domain', 'sessions', 'failures', 'destination', 'state', 'report'],
    ...reports.flatMap(({ report, deliveries }) => {
      const { day, domain, successes, failures, reportId } = report;
      const facts = [day, domain, String(successes + failures), String(failures)];
      return deliveries.map((delivery, index) => [
        ...(index === 0 ? facts : ['', '', '', '']),
        `${markOf(delivery, style)} ${showRemote(delivery.uri, LONGEST_DESTINATION)}`,
        describeDelivery(delivery, style),
        index === 0 ? style.paint.dim(showRemote(reportId)) : '',
      ]);
    }),
  ];
  return paintHeading(alignRight(rows, [2, 3]), style, (row) => row);
}

const WHY: Readonly<Record<SkippedReport['why'], string>> = {
  'no-record': 'asks for no reports',
  'record-invalid': 'its record cannot be used',
  'no-failures': 'no failure, and report.failuresOnly is set',
  'record-unreachable': 'the DNS did not tell',
};

function renderSkipped({ skipped }: ReportList, { paint }: TextStyle): readonly string[] {
  if (skipped.length === 0) return [];
  const rows = skipped.map(({ day, domain, why }) => [day, domain, WHY[why]]);
  return [paint.strong('Without a report'), ...formatTable(rows).map((line) => `  ${line}`)];
}
