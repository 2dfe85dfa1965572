import { formatTable } from '../world/table.ts';
import { CASES, type ReportCase } from './cases.ts';
import { AROUND_KILL, type Observed } from './play.ts';

/** Prints what was sent to each domain, and what it learnt from its report. */
export function printResults(observed: Observed, postfixVersion: string): void {
  const head = [
    'domain',
    'what',
    'sent at first',
    'mail',
    'report (well/failed)',
    'by',
    'explained',
  ];
  const rows = CASES.map((each) => row(each, observed));
  const { before, after, atLast } = observed.kill;
  const { settled, last } = AROUND_KILL;
  const notes = CASES.flatMap(({ domain, deviation }) =>
    deviation === undefined ? [] : [`${domain}: ${deviation}`],
  );
  console.log(
    [
      `Postfix ${postfixVersion}, ${observed.day}`,
      ...formatTable(head, rows),
      ...notes,
      `kill -9: ${before} sessions, ${settled} seconds before it, ${last} at the last moment: ` +
        `${after} after the start, ${atLast} in the end`,
    ].join('\n'),
  );
}

function row({ domain, what }: ReportCase, { mail, received, listed, explained }: Observed) {
  const fates = mail.get(domain) ?? [];
  const report = listed.reports.find((each) => each.domain === domain);
  const came = received.find(({ givenId }) => givenId === report?.reportId);
  const finding = explained.summary.findings.find((each) => each.domain === domain);
  return [
    domain,
    what,
    `${fates.length}`,
    [...new Set(fates)].join(' '),
    came === undefined ? '-' : `${came.successful}/${came.failed}`,
    came === undefined ? '-' : `${came.channel}, ${came.trust.kind}`,
    finding?.code ?? '-',
  ];
}
