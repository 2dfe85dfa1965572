import { showRemote } from '../text/remote-text.ts';
import type { PolicyLine, PolicyStep } from './explanation.ts';
import { renderIssue } from './render-issues.ts';
import type { PlainStyle } from '../text/style.ts';

const MOST_LINES = 60;
const MOST_ISSUES = 40;

function renderLine({ line, text, issues }: PolicyLine, { paint }: PlainStyle): string[] {
  const number = String(line).padStart(2);
  return [
    `${paint.dim(number)}  ${showRemote(text)}`,
    ...issues.map((issue) => `    ${renderIssue(issue, paint)}`),
  ];
}

/** Lines that have something to tell are never left out, as far as that is bearable. */
function chooseLines(lines: readonly PolicyLine[]): readonly PolicyLine[] {
  let issuesLeft = MOST_ISSUES;
  return lines.filter(({ line, issues }) => {
    if (line <= MOST_LINES) return true;
    issuesLeft -= issues.length;
    return issues.length > 0 && issuesLeft >= 0;
  });
}

/** The step about the policy's text. */
export function renderPolicy(step: PolicyStep, style: PlainStyle): string[] {
  const { lines, issues, isValid, from } = step;
  const { paint } = style;
  const shown = chooseLines(lines);
  const rest = lines.length - shown.length;
  const origin = from === 'fetch' ? 'as fetched now' : 'as kept';
  return [
    isValid
      ? `${origin}, valid`
      : `${origin}, ${paint.bad('not valid: it counts as none')} (RFC 8461 §3.2)`,
    ...shown.flatMap((line) => renderLine(line, style)),
    ...(rest > 0 ? [`… and ${String(rest)} more lines`] : []),
    ...issues.map((issue) => renderIssue(issue, paint)),
  ];
}
