import { isFieldName, isRecordValue } from '../text/extension.ts';
import type { IssueList } from '../text/issue-list.ts';
import { createIssueList } from '../text/issue-list.ts';
import { quote } from '../text/quote.ts';
import { findReportUriFault } from './report-uri.ts';
import type { Issue, ParseOptions, Result } from '../text/result.ts';
import { toResult } from '../text/result.ts';
import type { TlsrptRecord, TlsrptRecordIssueCode } from './tlsrpt-record.ts';
import { trimWspEnd, trimWspStart } from '../text/wsp.ts';

type Issues = IssueList<TlsrptRecordIssueCode>;

const VERSION = 'v=TLSRPTv1';

/**
 * Reads the text of one TXT record, its strings already joined. URIs that cannot be used are passed over while another
 * one is left. Lists about 100 issues at most. RFC 8460 §3.
 *
 * @example
 * ```ts
 * import { parseTlsrptRecord } from '@sekisho/spec';
 *
 * const parsed = parseTlsrptRecord('v=TLSRPTv1; rua=mailto:tls@example.com');
 * assert(parsed.ok);
 * assert.deepEqual(parsed.value.rua, ['mailto:tls@example.com']);
 * assert.equal(parseTlsrptRecord('v=TLSRPTv1; rua=http://example.com/').ok, false);
 * ```
 */
export function parseTlsrptRecord(
  text: string,
  options?: ParseOptions,
): Result<TlsrptRecord, Issue<TlsrptRecordIssueCode>> {
  const issues = createIssueList<TlsrptRecordIssueCode>('TLSRPT record', 'RFC 8460 §3');
  const [version = '', ...fields] = text.split(';');
  if (trimWspEnd(version) !== VERSION) {
    issues.add('record-version', 'error', () => `${quote(text)} does not begin with "${VERSION};"`);
    return { ok: false, issues: issues.all() };
  }
  judgeCharacters(text, version, issues);
  const { rua, others } = readFields(fields, issues);
  const record = rua === undefined ? undefined : { rua: readUris(rua, issues), extensions: others };
  if (record === undefined) {
    issues.add('rua-missing', 'error', () => 'the field rua is missing');
  } else if (record.rua.length === 0) {
    issues.add('rua-unusable', 'error', () => 'rua has no URI to which a report could go');
  }
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

/** All values of `rua` in one list, and the first of each other field. */
function readFields(fields: readonly string[], issues: Issues) {
  const others = new Map<string, string>([['v', 'TLSRPTv1']]);
  let rua: string[] | undefined;
  fields.forEach((text, index) => {
    const field = trimWspEnd(trimWspStart(text));
    const equals = field.indexOf('=');
    const name = field.slice(0, Math.max(equals, 0));
    const value = field.slice(equals + 1);
    if (field === '') {
      // An empty last field is the optional semicolon at the end.
      const why = () => 'nothing stands between two semicolons';
      if (index < fields.length - 1) issues.add('field-empty', 'error', why);
    } else if (name === 'rua') {
      if (rua !== undefined) issues.add('field-duplicate', 'warning', () => 'rua occurs again');
      rua = [...(rua ?? []), ...value.split(',')];
    } else readOther(field, name, value, others, issues);
  });
  others.delete('v');
  return { rua, others: Array.from(others, ([name, value]) => ({ name, value })) };
}

function readOther(
  field: string,
  name: string,
  value: string,
  others: Map<string, string>,
  issues: Issues,
): void {
  if (!isFieldName(name)) {
    issues.add('field-syntax', 'error', () => `${quote(field)} is not name=value without blanks`);
  } else if (others.has(name)) {
    issues.add('field-duplicate', 'warning', () => `${name} occurs again, the first one counts`);
  } else if (isRecordValue(value)) {
    issues.add('field-unknown', 'notice', () => `${name} is unknown and ignored`);
    others.set(name, value);
  } else {
    const why = () => `${name} is ${quote(value)}, must be visible characters without = and ;`;
    issues.add('field-value', 'error', why);
  }
}

function readUris(parts: readonly string[], issues: Issues): readonly string[] {
  const uris = parts.map((part) => trimWspEnd(trimWspStart(part)));
  return uris.filter((uri) => {
    const fault = findReportUriFault(uri);
    if (fault === 'scheme') {
      const why = () => `${quote(uri)} is passed over, must be a mailto or https URI`;
      issues.add('rua-scheme', 'tolerated', why);
    } else if (fault === 'syntax') {
      const why = () => `${quote(uri)} is passed over, is no URI with , ! and ; percent-encoded`;
      issues.add('rua-uri', 'tolerated', why);
    }
    return fault === undefined;
  });
}
