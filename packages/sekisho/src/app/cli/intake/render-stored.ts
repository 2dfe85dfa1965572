import type { WholeReport } from '../../../intake/store/index.ts';
import type { TextStyle } from '../text/style.ts';
import { renderPolicy } from '../report/render-report.ts';
import { showRemote, showSentence } from '../text/remote-text.ts';
import { formatTable } from '../text/table.ts';
import { formatMoment, formatTime } from '../text/time.ts';
import { describeTrust } from './describe-trust.ts';

const MOST_POLICIES = 50;
const MOST_ISSUES = 20;

/** `intake show ID` */
export function renderStored(report: WholeReport, style: TextStyle): string {
  const { paint } = style;
  const lines = [
    paint.strong(`${showRemote(report.submitter)}, ${report.day} (UTC)`),
    ...renderFacts(report, style),
    '',
    paint.strong('What it says'),
    ...renderPolicies(report, style),
    ...renderIssues(report, style),
  ];
  return `${lines.join('\n')}\n`;
}

function renderFacts(report: WholeReport, { nowMs, paint }: TextStyle): readonly string[] {
  const { organizationName, contactInfo, conflicts, successful, failed } = report;
  const rows = [
    ['report-id', showRemote(report.givenId)],
    ['covers', `${formatTime(report.startMs)} to ${formatTime(report.endMs)}`],
    ['from', organizationName === undefined ? '' : showRemote(organizationName)],
    ['contact', contactInfo === undefined ? '' : showRemote(contactInfo)],
    ['sessions', `${String(successful)} well, ${String(failed)} failed`],
    ['received', `${formatMoment(report.receivedAtMs, nowMs)}, by ${report.channel}`],
    ['trust', describeTrust(report.trust)],
    [
      'conflicts',
      conflicts === 0
        ? ''
        : paint.careful(`${String(conflicts)} copies under the same id say something else`),
    ],
  ].filter(([, value]) => value !== '');
  return formatTable(rows.map(([name = '', value = '']) => [paint.dim(name), value])).map(
    (line) => `  ${line}`,
  );
}

function renderPolicies({ policies }: WholeReport, style: TextStyle): readonly string[] {
  if (policies.length === 0)
    return [`  ${style.paint.dim('nothing, or it is not kept any more (intake.keep.detailDays)')}`];
  const rest = policies.length - MOST_POLICIES;
  return [
    ...policies.slice(0, MOST_POLICIES).flatMap((policy) => renderPolicy(policy, style)),
    ...(rest > 0 ? [`  and ${String(rest)} more: --json shows all`] : []),
  ];
}

function renderIssues({ issues }: WholeReport, { paint, marks }: TextStyle): readonly string[] {
  if (issues.length === 0) return [];
  const rest = issues.length - MOST_ISSUES;
  return [
    '',
    paint.strong('What had to be repaired, or is unusual'),
    ...issues
      .slice(0, MOST_ISSUES)
      .map(({ code, message }) => `  ${marks.unknown} ${code}: ${showSentence(message)}`),
    ...(rest > 0 ? [`    and ${String(rest)} more: --json shows all`] : []),
  ];
}
