import { createIssueList } from '../text/issue-list.ts';
import { quote } from '../text/quote.ts';
import type { Issue, Result } from '../text/result.ts';
import { toResult } from '../text/result.ts';
import { sha256 } from '../text/sha256.ts';
import { utf8 } from '../text/utf8.ts';
import { isNestedAtMost } from './json-nesting.ts';
import { createMemberReader, type MemberReader, type ReportIssues } from './member-reader.ts';
import { readPolicy } from './read-policy.ts';
import { parseInstant } from './report-instant.ts';
import type { ReportedPolicy, TlsReport, TlsReportIssueCode } from './tls-report.ts';
import { WIRE, type WireName } from './wire-names.ts';

const REF = 'RFC 8460 §4.4';
/** A report as the standard has it nests five levels. */
const DEEPEST = 32;
const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
/** Enough to tell reports apart; hashing here is slow. */
const ID_SOURCE_LENGTH = 65_536;

/**
 * Reads a TLS report, decoded as UTF-8, as reporters really write them: what is beyond doubt is repaired and listed as
 * `tolerated`, an entry that cannot be used is left out and listed, and the report is refused only where it has no
 * usable period or no list of policies. Unknown members are ignored. Lists about 100 issues at most. The caller bounds
 * the size of the text. RFC 8460 §4.4.
 *
 * @example
 * ```ts
 * import { parseTlsReport } from '@sekisho/spec';
 *
 * const parsed = parseTlsReport(`{
 *   "organization-name": "Example", "contact-info": "tls@example.net", "report-id": "1",
 *   "date-range": { "start-datetime": "2026-11-23T00:00:00", "end-datetime": "2026-11-23T23:59:59Z" },
 *   "policies": [{
 *     "policy": { "policy-type": "sts", "policy-domain": "example.com", "mx-host": "mx.example.com" },
 *     "summary": { "total-successful-session-count": 7, "total-failure-session-count": 0 }
 *   }]
 * }`);
 * assert(parsed.ok);
 * assert.equal(parsed.value.endMs - parsed.value.startMs, 86_400_000);
 * assert.deepEqual(parsed.issues.map(({ code }) => code), ['date-without-zone', 'mx-host-form']);
 * ```
 */
export function parseTlsReport(text: string): Result<TlsReport, Issue<TlsReportIssueCode>> {
  const issues: ReportIssues = createIssueList<TlsReportIssueCode>('TLS report', REF);
  const report = readJson(text, issues);
  const range = report === undefined ? undefined : readRange(report);
  const policies = report === undefined ? undefined : readPolicies(report, issues);
  if (report === undefined || range === undefined || policies === undefined)
    return toResult<TlsReport, Issue<TlsReportIssueCode>>(undefined, issues.all());
  const organizationName = report.text(WIRE.organizationName);
  if (organizationName === undefined)
    report.note('organization-missing', 'tolerated', 'organization-name is missing');
  const contactInfo = readContact(report);
  const value: TlsReport = {
    ...(organizationName === undefined ? {} : { organizationName }),
    ...(contactInfo === undefined ? {} : { contactInfo }),
    reportId: readReportId(report, text),
    ...range,
    policies,
  };
  return toResult(value, issues.all());
}

function readJson(text: string, issues: ReportIssues): MemberReader | undefined {
  if (!isNestedAtMost(text, DEEPEST)) {
    issues.add('json-too-deep', 'error', () => `it nests more than ${DEEPEST} levels`);
    return undefined;
  }
  try {
    // A byte order mark is no part of JSON, but some writers begin with one (RFC 8259 §8.1).
    const report = createMemberReader(JSON.parse(text.replace(/^\ufeff/, '')), '', issues);
    if (report === undefined)
      issues.add('report-not-object', 'error', () => 'it is no JSON object');
    return report;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be parsed';
    issues.add('json-invalid', 'error', () => `it is no JSON: ${quote(why)}`);
    return undefined;
  }
}

function readRange(report: MemberReader): Pick<TlsReport, 'startMs' | 'endMs'> | undefined {
  const range = report.object(WIRE.dateRange);
  const startMs = range && readInstant(range, WIRE.startDatetime);
  const givenEndMs = range && readInstant(range, WIRE.endDatetime);
  if (range === undefined) report.note('date-invalid', 'error', 'date-range is missing');
  if (range === undefined || startMs === undefined || givenEndMs === undefined) return undefined;
  const isMidnight = givenEndMs % DAY_MS === 0;
  if (isMidnight && givenEndMs > startMs)
    range.note('end-exclusive', 'tolerated', 'end-datetime is the midnight after the last day');
  // The last second that is covered is written, the first one that is not is kept.
  const endMs = isMidnight ? givenEndMs : (Math.floor(givenEndMs / SECOND_MS) + 1) * SECOND_MS;
  if (endMs <= startMs) {
    range.note('date-range-reversed', 'error', 'end-datetime is not after start-datetime');
    return undefined;
  }
  if (startMs % DAY_MS !== 0 || endMs - startMs !== DAY_MS)
    range.note('date-range-not-a-day', 'warning', 'it does not cover one whole day of UTC');
  return { startMs, endMs };
}

function readInstant(range: MemberReader, name: WireName): number | undefined {
  const text = range.text(name);
  const instant = text === undefined ? undefined : parseInstant(text.trim());
  if (instant === undefined) {
    const given = text === undefined ? 'missing' : quote(text);
    range.note('date-invalid', 'error', `${name} is ${given}, must be a date-time of RFC 3339`);
    return undefined;
  }
  if (!instant.hasZone)
    range.note('date-without-zone', 'tolerated', `${name} has no zone, is read as UTC`);
  return instant.ms;
}

function readContact(report: MemberReader): string | undefined {
  const contact = report.text(WIRE.contactInfo);
  if (contact === undefined) report.note('contact-missing', 'tolerated', 'contact-info is missing');
  else if (!/^[^\s@<>]+@[^\s@<>]+$/.test(contact))
    report.note('contact-not-address', 'warning', `contact-info ${quote(contact)} is no address`);
  return contact;
}

function readReportId(report: MemberReader, text: string): string {
  const id = report.text(WIRE.reportId);
  if (id !== undefined) return id;
  report.note('report-id-missing', 'tolerated', 'report-id is missing, one is derived');
  return `derived-${sha256(utf8(text.slice(0, ID_SOURCE_LENGTH))).slice(0, 32)}`;
}

function readPolicies(
  report: MemberReader,
  issues: ReportIssues,
): readonly ReportedPolicy[] | undefined {
  const given = report.raw(WIRE.policies);
  if (given === undefined || typeof given !== 'object' || given === null) {
    report.note('policies-missing', 'error', 'policies is missing, must be a list');
    return undefined;
  }
  if (!Array.isArray(given))
    report.note('policies-not-array', 'tolerated', 'policies is one object, must be a list');
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  return list.flatMap(
    (entry, index) => readPolicy(entry, `${WIRE.policies}[${index}]`, issues) ?? [],
  );
}
