import { type Extension, isExtensionValue } from '../text/extension.ts';
import type { IssueList } from '../text/issue-list.ts';
import { createIssueList } from '../text/issue-list.ts';
import type { MxPattern } from './mx-pattern.ts';
import { parseMxPattern } from './mx-pattern.ts';
import type { PolicyField } from './policy-fields.ts';
import { firstOfEachKey, readPolicyFields } from './policy-fields.ts';
import { quote } from '../text/quote.ts';
import type { Issue, ParseOptions, Result } from '../text/result.ts';
import { toResult } from '../text/result.ts';
import type { StsMode, StsPolicy, StsPolicyIssueCode } from './sts-policy.ts';
import { MAX_AGE_LIMIT_SECONDS, STS_MODES } from './sts-policy.ts';

type Issues = IssueList<StsPolicyIssueCode>;

const KNOWN_KEYS: readonly string[] = ['version', 'mode', 'max_age', 'mx'];
const DAY_SECONDS = 86_400;
/** Shorter lives than these give little protection, the standard expects weeks (RFC 8461 §3.2). */
const SHORT_AGE_SECONDS: Readonly<Record<StsMode, number>> = {
  enforce: 14 * DAY_SECONDS,
  testing: DAY_SECONDS,
  none: 0,
};

/**
 * Reads the body of a policy file, decoded as UTF-8 with replacement characters and its byte order mark kept.
 * Blank lines, one trailing dot in `mx` and a `max_age` above one year are tolerated. Lists about 100 issues at most.
 * RFC 8461 §3.2.
 *
 * @example
 * ```ts
 * import { parseStsPolicy } from '@sekisho/spec';
 *
 * const parsed = parseStsPolicy('version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 1209600\n');
 * assert(parsed.ok);
 * assert.equal(parsed.value.mode, 'enforce');
 * assert.equal(parsed.value.maxAgeSeconds, 1_209_600);
 * assert.deepEqual(parsed.value.mx, ['mail.example.com']);
 * ```
 */
export function parseStsPolicy(
  body: string,
  options?: ParseOptions,
): Result<StsPolicy, Issue<StsPolicyIssueCode>> {
  const issues = createIssueList<StsPolicyIssueCode>('MTA-STS policy', 'RFC 8461 §3.2');
  const fields = readPolicyFields(body, issues);
  const first = firstOfEachKey(fields, issues);
  checkVersion(first.get('version'), issues);
  const mode = readMode(first.get('mode'), issues);
  const maxAgeSeconds = readMaxAge(first.get('max_age'), mode, issues);
  const mx = readMx(fields, mode, issues);
  const extensions = readExtensions(first, issues);
  const isWhole = mode !== undefined && maxAgeSeconds !== undefined;
  const policy = isWhole ? { mode, maxAgeSeconds, mx, extensions } : undefined;
  return toResult(policy, issues.all(), options);
}

function checkVersion(field: PolicyField | undefined, issues: Issues): void {
  if (field === undefined) {
    issues.add('version-missing', 'error', () => 'version is missing, must be STSv1');
  } else if (field.value !== 'STSv1') {
    const why = () => `version is ${quote(field.value)}, must be STSv1`;
    issues.add('version-invalid', 'error', why, field.line);
  }
}

function readMode(field: PolicyField | undefined, issues: Issues): StsMode | undefined {
  const allowed = 'must be enforce, testing or none';
  if (field === undefined) {
    issues.add('mode-missing', 'error', () => `mode is missing, ${allowed}`);
    return undefined;
  }
  const mode = STS_MODES.find((known) => known === field.value);
  if (mode === undefined) {
    const why = () => `mode is ${quote(field.value)}, ${allowed}`;
    issues.add('mode-invalid', 'error', why, field.line);
  }
  return mode;
}

function readMaxAge(
  field: PolicyField | undefined,
  mode: StsMode | undefined,
  issues: Issues,
): number | undefined {
  if (field === undefined) {
    issues.add('max-age-missing', 'error', () => 'max_age is missing, must be 1 to 10 digits');
    return undefined;
  }
  // Number() alone would read "", "1e5" and "0x10".
  if (!/^[0-9]{1,10}$/.test(field.value)) {
    const why = () => `max_age is ${quote(field.value)}, must be 1 to 10 digits`;
    issues.add('max-age-invalid', 'error', why, field.line);
    return undefined;
  }
  const seconds = Number(field.value);
  judgeMaxAge(seconds, mode, field.line, issues);
  return Math.min(seconds, MAX_AGE_LIMIT_SECONDS);
}

function judgeMaxAge(
  seconds: number,
  mode: StsMode | undefined,
  line: number,
  issues: Issues,
): void {
  const expected = mode === undefined ? 0 : SHORT_AGE_SECONDS[mode];
  if (seconds > MAX_AGE_LIMIT_SECONDS) {
    const why = () =>
      `max_age is ${seconds}, must be at most ${MAX_AGE_LIMIT_SECONDS}, is read as that`;
    issues.add('max-age-too-large', 'tolerated', why, line);
  } else if (seconds === 0) {
    issues.add('max-age-zero', 'warning', () => 'max_age is 0, it holds for one delivery', line);
  } else if (seconds < expected) {
    const why = () => `max_age is ${seconds}, should be at least ${expected} in this mode`;
    issues.add('max-age-short', 'warning', why, line);
  }
}

function readMx(
  fields: readonly PolicyField[],
  mode: StsMode | undefined,
  issues: Issues,
): readonly MxPattern[] {
  const patterns = new Set<MxPattern>();
  const mxFields = fields.filter(({ key }) => key === 'mx');
  for (const { value, line } of mxFields) {
    if (issues.isDecided()) {
      issues.cut();
      break;
    }
    const pattern = parseMxPattern(value);
    issues.take(pattern.issues, line);
    if (!pattern.ok) continue;
    if (patterns.has(pattern.value)) {
      issues.add('mx-duplicate', 'warning', () => `mx ${pattern.value} occurs again`, line);
    }
    patterns.add(pattern.value);
  }
  if (mxFields.length === 0 && mode !== undefined && mode !== 'none') {
    issues.add('mx-missing', 'error', () => `mx is missing, must be there in mode ${mode}`);
  }
  return [...patterns];
}

function readExtensions(
  first: ReadonlyMap<string, PolicyField>,
  issues: Issues,
): readonly Extension[] {
  const unknown = [...first.values()].filter(({ key }) => !KNOWN_KEYS.includes(key));
  return unknown.map(({ key, value, line }) => {
    if (isExtensionValue(value)) {
      const why = () => `${key} is unknown and ignored${caseHint(key)}`;
      issues.add('field-unknown', 'notice', why, line);
    } else {
      const why = () => `the value of ${key} is empty or holds controls`;
      issues.add('field-value', 'error', why, line);
    }
    return { name: key, value };
  });
}

function caseHint(key: string): string {
  const known = KNOWN_KEYS.find((candidate) => candidate === key.toLowerCase());
  return known === undefined ? '' : `; case matters: ${known}`;
}
