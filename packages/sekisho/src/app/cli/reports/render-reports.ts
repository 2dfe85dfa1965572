import type { Finding, Language, ReportSummary } from '../../../intake/index.ts';
import type { TextStyle } from '../text/style.ts';
import { showRemote, showSentence } from '../text/remote-text.ts';
import type { UnverifiedReporter } from './read-unverified.ts';
import { domainTable, renderTable, type Table, tableOf, unverifiedTable } from './render-tables.ts';
import { type Grouping, GROUPINGS } from './words.ts';
import { WORDS } from './words.ts';
import { wrapText } from './wrap-text.ts';

/** What `sekisho reports` shows. */
export interface ShownReports {
  readonly summary: ReportSummary;
  readonly unverified: readonly UnverifiedReporter[];
}

export interface ReportsStyle extends TextStyle {
  readonly language: Language;
  /** In characters. */
  readonly width: number;
  /** Only this table, whole. */
  readonly by?: Grouping;
}

const MOST_ROWS = 10;
const MOST_FINDINGS = 15;

/** `sekisho reports` */
export function renderReports(shown: ShownReports, style: ReportsStyle): string {
  const { summary, unverified } = shown;
  const { paint, language, by } = style;
  const words = WORDS[language];
  const { firstDay, lastDay, domain, trust } = summary;
  const title = [
    paint.strong(words.title(firstDay, lastDay, domain && showRemote(domain))),
    paint.dim(words.counted[trust]),
  ];
  const sections =
    by === undefined
      ? [
          renderDomains(summary, style),
          renderFindings(summary, style),
          ...GROUPINGS.filter((each) => each !== 'day').map((each) =>
            section(words.tables[each], tableOf(summary, each), style, `--by ${each}`),
          ),
        ]
      : [section(words.tables[by], tableOf(summary, by), style)];
  const apart = section(words.unverified, unverifiedTable(unverified), style, '--json');
  const parts = [...sections, apart].filter((lines) => lines.length > 0);
  const nothing = parts.length === 0 ? [[words.nothing]] : [];
  return `${[title, ...parts, ...nothing].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function renderDomains(summary: ReportSummary, style: ReportsStyle): readonly string[] {
  if (summary.domains.length === 0) return [];
  return cut(renderTable(domainTable(summary, style), style), style, '--csv');
}

function section(
  title: string,
  table: Table,
  style: ReportsStyle,
  how?: string,
): readonly string[] {
  if (table.rows.length === 0) return [];
  const lines = renderTable(table, style);
  return [style.paint.strong(title), ...(how === undefined ? lines : cut(lines, style, how))];
}

/** A heading and ten lines. */
function cut(
  lines: readonly string[],
  { language, paint }: ReportsStyle,
  how: string,
): readonly string[] {
  const rest = lines.length - 1 - MOST_ROWS;
  if (rest <= 0) return lines;
  return [...lines.slice(0, 1 + MOST_ROWS), `  ${paint.dim(WORDS[language].more(rest, how))}`];
}

function renderFindings({ findings, domains }: ReportSummary, style: ReportsStyle) {
  const words = WORDS[style.language];
  const title = style.paint.strong(words.meaning);
  if (findings.length === 0)
    return domains.length === 0 ? [] : [title, `  ${style.marks.done} ${words.well}`];
  const rest = findings.length - MOST_FINDINGS;
  return [
    title,
    ...findings.slice(0, MOST_FINDINGS).flatMap((finding) => renderFinding(finding, style)),
    ...(rest > 0 ? [`  ${style.paint.dim(words.more(rest, '--json'))}`] : []),
  ];
}

function renderFinding(finding: Finding, style: ReportsStyle): readonly string[] {
  const { marks, paint, width } = style;
  const { severity, domain, meaning, remedy } = finding;
  const mark = { error: marks.failed, warning: marks.waiting, notice: marks.unknown }[severity];
  const shown = domain === undefined ? '' : `${showRemote(domain)}: `;
  const [first = '', ...others] = wrapText(`${shown}${showSentence(meaning)}`, width, '', 4);
  const named = first.startsWith(shown)
    ? `${paint.strong(shown.trimEnd())}${first.slice(shown.trimEnd().length)}`
    : first;
  return [
    `  ${mark} ${named}`,
    ...others,
    ...(severity === 'notice'
      ? []
      : wrapText(showSentence(remedy), width, `    ${marks.remedy} `, 6)),
  ];
}
