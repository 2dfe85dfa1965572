import { isFieldName } from '../text/extension.ts';
import type { IssueList } from '../text/issue-list.ts';
import { policyLines } from './policy-lines.ts';
import { quote } from '../text/quote.ts';
import type { StsPolicyIssueCode } from './sts-policy.ts';
import { isWsp, trimWspEnd, trimWspStart } from '../text/wsp.ts';

/** One `key: value` line of a policy, blanks around the value removed. */
export interface PolicyField {
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

/** The fields of a policy body in their order, and an issue for each line that holds none. RFC 8461 §3.2. */
export function readPolicyFields(
  body: string,
  issues: IssueList<StsPolicyIssueCode>,
): readonly PolicyField[] {
  const hasMark = body.startsWith('\u{feff}');
  if (hasMark) {
    issues.add('byte-order-mark', 'error', () => 'the file begins with a byte order mark', 1);
  }
  return policyLines(hasMark ? body.slice(1) : body).flatMap((text, index) => {
    const field = readLine(text, index + 1, issues);
    return field === undefined ? [] : [field];
  });
}

/** The first field of each key but `mx`; later ones are ignored, hence not judged either. RFC 8461 §3.2. */
export function firstOfEachKey(
  fields: readonly PolicyField[],
  issues: IssueList<StsPolicyIssueCode>,
): ReadonlyMap<string, PolicyField> {
  const first = new Map<string, PolicyField>();
  for (const field of fields) {
    if (field.key === 'mx') continue;
    const earlier = first.get(field.key);
    if (earlier === undefined) {
      first.set(field.key, field);
    } else {
      const why = () => `${field.key} occurs again, the first one (line ${earlier.line}) counts`;
      issues.add('field-duplicate', 'warning', why, field.line);
    }
  }
  return first;
}

function readLine(
  text: string,
  line: number,
  issues: IssueList<StsPolicyIssueCode>,
): PolicyField | undefined {
  if (trimWspEnd(text) === '') {
    issues.add('line-blank', 'tolerated', () => 'it is blank', line);
    return undefined;
  }
  const colon = text.indexOf(':');
  const key = text.slice(0, Math.max(colon, 0));
  if (!isFieldName(key)) {
    issues.add('line-syntax', 'error', () => `${quote(text)} ${syntaxFault(text, key)}`, line);
    return undefined;
  }
  return { key, value: trimWspEnd(trimWspStart(text.slice(colon + 1))), line };
}

function syntaxFault(text: string, key: string): string {
  if (isWsp(text.charCodeAt(0))) return 'begins with a blank';
  if (!text.includes(':')) return 'has no colon, must be "key: value"';
  if (isWsp(key.charCodeAt(key.length - 1))) return 'has a blank before the colon';
  return 'has no key of 1 to 32 letters, digits, "_", "-" or "."';
}
