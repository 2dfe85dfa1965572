import { type Extension, isFieldName, isRecordValue } from '../text/extension.ts';
import type { IssueList } from '../text/issue-list.ts';
import { createIssueList } from '../text/issue-list.ts';
import { quote } from '../text/quote.ts';
import type { Issue, ParseOptions, Result } from '../text/result.ts';
import { toResult } from '../text/result.ts';
import type { StsRecord, StsRecordIssueCode } from './sts-record.ts';
import { isRecordId } from './sts-record.ts';
import { trimWspEnd, trimWspStart } from '../text/wsp.ts';

type Issues = IssueList<StsRecordIssueCode>;

const VERSION = 'v=STSv1';

/**
 * Reads the text of one TXT record, its strings already joined. Blanks before the first semicolon or at the end are
 * tolerated. Lists about 100 issues at most. RFC 8461 §3.1.
 *
 * @example
 * ```ts
 * import { parseStsRecord } from '@sekisho/spec';
 *
 * const parsed = parseStsRecord('v=STSv1; id=20160831085700Z;');
 * assert(parsed.ok);
 * assert.equal(parsed.value.id, '20160831085700Z');
 * assert.equal(parseStsRecord('v=STSv1; id=2016-08-31;').ok, false);
 * ```
 */
export function parseStsRecord(
  text: string,
  options?: ParseOptions,
): Result<StsRecord, Issue<StsRecordIssueCode>> {
  const issues = createIssueList<StsRecordIssueCode>('MTA-STS record', 'RFC 8461 §3.1');
  const [version = '', ...fields] = text.split(';');
  if (trimWspEnd(version) !== VERSION) {
    issues.add('record-version', 'error', () => versionFault(text));
    return { ok: false, issues: issues.all() };
  }
  judgeCharacters(text, version, issues);
  const found = readFields(fields, issues);
  const id = found.get('id');
  if (id === undefined) issues.add('id-missing', 'error', () => 'the field id is missing');
  const record = id === undefined ? undefined : { id, extensions: extensionsOf(found) };
  return toResult(record, issues.all(), options);
}

function judgeCharacters(text: string, version: string, issues: Issues): void {
  if (/[^\t\x20-\x7e]/.test(text)) {
    const why = () => `${quote(text)} holds controls or octets outside US-ASCII`;
    issues.add('record-characters', 'error', why);
  }
  if (version !== VERSION && version !== text) {
    const why = () => 'blanks stand before the first semicolon';
    issues.add('record-space-before-delimiter', 'tolerated', why);
  }
  const trimmed = trimWspEnd(text);
  if (trimmed !== text && !trimmed.endsWith(';')) {
    const why = () => 'blanks stand at the end without a semicolon';
    issues.add('record-trailing-space', 'tolerated', why);
  }
}

/** Fields by name, the first of each; `v` stands for the version that opened the record. */
function readFields(fields: readonly string[], issues: Issues): ReadonlyMap<string, string> {
  const found = new Map<string, string>([['v', 'STSv1']]);
  fields.forEach((text, index) => {
    const field = trimWspEnd(trimWspStart(text));
    const isLast = index === fields.length - 1;
    if (field !== '') readField(field, found, issues);
    // An empty last field is the optional semicolon at the end.
    else if (!isLast)
      issues.add('field-empty', 'error', () => 'nothing stands between two semicolons');
  });
  return found;
}

function readField(field: string, found: Map<string, string>, issues: Issues): void {
  const equals = field.indexOf('=');
  const name = field.slice(0, Math.max(equals, 0));
  const value = field.slice(equals + 1);
  if (!isFieldName(name)) {
    issues.add('field-syntax', 'error', () => `${quote(field)} is not name=value without blanks`);
  } else if (found.has(name)) {
    // RFC 8461 §3.2: all but the first are ignored, hence not judged either.
    issues.add('field-duplicate', 'warning', () => `${name} occurs again, the first one counts`);
  } else {
    judgeField(name, value, issues);
    found.set(name, value);
  }
}

function judgeField(name: string, value: string, issues: Issues): void {
  if (name === 'id') {
    const why = () => `id is ${quote(value)}, must be 1 to 32 letters or digits`;
    if (!isRecordId(value)) issues.add('id-invalid', 'error', why);
  } else if (isRecordValue(value)) {
    issues.add('field-unknown', 'notice', () => `${name} is unknown and ignored`);
  } else {
    const why = () => `${name} is ${quote(value)}, must be visible characters without = and ;`;
    issues.add('field-value', 'error', why);
  }
}

function extensionsOf(found: ReadonlyMap<string, string>): readonly Extension[] {
  const fields = Array.from(found, ([name, value]) => ({ name, value }));
  return fields.filter(({ name }) => name !== 'v' && name !== 'id');
}

function versionFault(text: string): string {
  const isNear = /^\s*v\s*=\s*stsv1\s*(?:;|$)/i.test(text.slice(0, 100));
  const why = isNear ? 'spells the version otherwise' : 'is no record of version STSv1';
  return `${quote(text)} ${why}, must begin with "v=STSv1;"`;
}
