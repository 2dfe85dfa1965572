import { type Issue, parseStsPolicy, type Result, type StsPolicyIssueCode } from '@sekisho/spec';
import type { PolicyWish } from './rollout.ts';

/** RFC 8461 §3.3 lets senders stop reading there. */
export const LONGEST_POLICY_BYTES = 65_536;

/**
 * Reads a policy file that somebody wrote by hand as a wish, strictly: what a sender merely tolerates is refused here,
 * and so is a field that is given twice. Each issue has its line (RFC 8461 §3.2).
 *
 * @param text the file decoded as UTF-8, its byte order mark kept.
 */
export function policyOfFile(text: string): Result<PolicyWish, Issue<string>> {
  if (text.length > LONGEST_POLICY_BYTES) return refuse([tooLong(text.length)]);
  const parsed = parseStsPolicy(text, { strict: true });
  const controls = text.split('\n').flatMap(findControls);
  const doubts = parsed.issues.filter(({ code }) => isMistake(code));
  const faults = [...controls, ...doubts];
  if (!parsed.ok) return refuse([...controls, ...parsed.issues]);
  if (faults.length > 0) return refuse(faults);
  const { mode, maxAgeSeconds, mx, extensions } = parsed.value;
  return { ok: true, value: { mode, maxAgeSeconds, mx, extensions }, issues: parsed.issues };
}

/** Valid by the letter, and yet not what was meant. */
function isMistake(code: StsPolicyIssueCode): boolean {
  return code === 'field-duplicate' || code === 'mx-duplicate';
}

/** A lone CR ends no line (RFC 8461 §3.2), though some editors show it so; other controls have no business here. */
function findControls(text: string, index: number): readonly Issue<string>[] {
  const rest = text.endsWith('\r') ? text.slice(0, -1) : text;
  const line = index + 1;
  if (rest.includes('\r')) {
    return [
      controlIssue('lone-carriage-return', line, 'holds a CR without LF, which ends no line'),
    ];
  }
  // oxlint-disable-next-line no-control-regex -- controls are what is looked for
  return /[\u0000-\u0008\u000b-\u001f\u007f]/.test(rest)
    ? [controlIssue('line-control', line, 'holds a control character')]
    : [];
}

function controlIssue(code: string, line: number, fault: string): Issue<string> {
  const ref = 'RFC 8461 §3.2';
  return {
    code,
    severity: 'error',
    line,
    ref,
    message: `MTA-STS policy, line ${line}: ${fault} (${ref})`,
  };
}

function tooLong(length: number): Issue<string> {
  const ref = 'RFC 8461 §3.3';
  const message = `MTA-STS policy: it has ${length} characters, must have at most ${LONGEST_POLICY_BYTES} (${ref})`;
  return { code: 'file-too-long', severity: 'error', message, ref };
}

function refuse(issues: readonly Issue<string>[]): Result<PolicyWish, Issue<string>> {
  return { ok: false, issues: issues.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}
