import { type FailureDetails, parseTlsReport, type ReportedPolicy } from '@sekisho/spec';
import type { Delivery, MadeReport, ReportWithDeliveries } from '../../../report/store/index.ts';
import type { TextStyle } from '../text/style.ts';
import { showRemote, showSentence } from '../text/remote-text.ts';
import { formatTable } from '../text/table.ts';
import { formatMoment } from '../text/time.ts';
import { alignRight } from '../text/table.ts';
import { describeDelivery, markOf } from './describe-delivery.ts';

const MOST_DETAILS = 50;

/** `report show REPORT-ID` */
export function renderReport(
  { report, deliveries }: ReportWithDeliveries,
  style: TextStyle,
): string {
  const lines = [
    style.paint.strong(showRemote(report.reportId)),
    ...renderFacts(report, style),
    '',
    style.paint.strong('Destinations'),
    ...renderDestinations(deliveries, style),
    ...renderPolicies(report, style),
  ];
  return `${lines.join('\n')}\n`;
}

function renderFacts(report: MadeReport, { nowMs, paint }: TextStyle): readonly string[] {
  const { day, domain, record, successes, failures, madeAtMs } = report;
  const rows = [
    ['about', domain],
    ['day', `${day} (UTC)`],
    ['sessions', countSessions(successes, failures)],
    ['made', formatMoment(madeAtMs, nowMs)],
    ['record', showRemote(record, 1000)],
  ];
  return formatTable(rows.map(([name = '', value = '']) => [paint.dim(name), value])).map(
    (line) => `  ${line}`,
  );
}

function countSessions(successes: number, failures: number): string {
  return `${String(successes)} well, ${String(failures)} failed`;
}

function renderDestinations(deliveries: readonly Delivery[], style: TextStyle): readonly string[] {
  const rows = deliveries.map((delivery) => [
    `${markOf(delivery, style)} ${String(delivery.place + 1)}`,
    showRemote(delivery.uri, 500),
    describeDelivery(delivery, style),
  ]);
  return formatTable(rows).flatMap((line, index) => {
    const delivery = deliveries[index];
    const notes = delivery === undefined ? [] : listNotes(delivery, style);
    return [`  ${line}`, ...notes.map((note) => `       ${note}`)];
  });
}

/** What went wrong last, and what can be done. */
function listNotes(
  { place, state, lastProblem, reportId }: Delivery,
  { marks }: TextStyle,
): readonly string[] {
  const retry = `sekisho report retry ${showRemote(reportId)} --destination ${String(place + 1)}`;
  return [
    ...(state === 'sent' || lastProblem === undefined ? [] : [showSentence(lastProblem)]),
    ...(state === 'given-up' || state === 'uncertain' ? [`${marks.remedy} ${retry}`] : []),
  ];
}

function renderPolicies({ json }: MadeReport, style: TextStyle): readonly string[] {
  const parsed = parseTlsReport(json);
  if (!parsed.ok) return [];
  return [
    '',
    style.paint.strong('What it says'),
    ...parsed.value.policies.flatMap((policy) => renderPolicy(policy, style)),
  ];
}

/** What a report says about one policy. */
export function renderPolicy(policy: ReportedPolicy, style: TextStyle): readonly string[] {
  const { policyType, policyDomain = '', mxHost, failureDetails } = policy;
  const { totalSuccessfulSessionCount: successes, totalFailureSessionCount: failures } = policy;
  const mark = failures === 0 ? style.marks.done : style.marks.failed;
  const patterns =
    mxHost.length === 0 ? '' : `, mx ${mxHost.map((mx) => showRemote(mx)).join(' ')}`;
  const rows = failureDetails.slice(0, MOST_DETAILS).map((details) => toDetailRow(details, style));
  const rest = failureDetails.length - MOST_DETAILS;
  return [
    `  ${mark} ${showRemote(policyType)} ${showRemote(policyDomain)}${patterns}: ${countSessions(successes, failures)}`,
    ...formatTable(alignRight(rows, [0])).map((line) => `      ${line}`),
    ...(rest > 0 ? [`      and ${String(rest)} more: --json shows all`] : []),
  ];
}

function toDetailRow(details: FailureDetails, { paint }: TextStyle): string[] {
  const { resultType, failedSessionCount, receivingMxHostname, receivingIp } = details;
  const address = receivingIp === undefined ? '' : `[${showRemote(receivingIp)}]`;
  const reason = details.failureReasonCode;
  return [
    String(failedSessionCount),
    paint.bad(showRemote(resultType)),
    `${showRemote(receivingMxHostname ?? '')}${address}`,
    reason === undefined ? '' : showRemote(reason),
  ];
}
