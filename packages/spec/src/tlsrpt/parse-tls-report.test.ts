import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTlsReport } from './format-tls-report.ts';
import { parseTlsReport } from './parse-tls-report.ts';
import type { TlsReportIssueCode } from './tls-report.ts';

type Json = { [name: string]: unknown };

const details = (change: Json = {}): Json => ({
  'result-type': 'certificate-expired',
  'sending-mta-ip': '192.0.2.1',
  'receiving-mx-hostname': 'mx.example.com',
  'receiving-ip': '2001:db8::1',
  'failed-session-count': 2,
  'failure-reason-code': 'CERT_HAS_EXPIRED',
  ...change,
});

const entry = (policy: Json = {}, rest: Json = {}): Json => ({
  policy: {
    'policy-type': 'sts',
    'policy-string': ['version: STSv1', 'mode: testing', 'mx: mx.example.com', 'max_age: 86400'],
    'policy-domain': 'example.com',
    'mx-host': ['mx.example.com'],
    ...policy,
  },
  summary: { 'total-successful-session-count': 5, 'total-failure-session-count': 2 },
  'failure-details': [details()],
  ...rest,
});

const report = (change: Json = {}): Json => ({
  'organization-name': 'Example',
  'date-range': {
    'start-datetime': '2026-11-23T00:00:00Z',
    'end-datetime': '2026-11-23T23:59:59Z',
  },
  'contact-info': 'tls@example.net',
  'report-id': '1@example.net',
  policies: [entry()],
  ...change,
});

const read = (value: Json) => parseTlsReport(JSON.stringify(value));

function codes(value: Json): TlsReportIssueCode[] {
  return read(value).issues.map(({ code }) => code);
}

function valueOf(value: Json) {
  const parsed = read(value);
  if (!parsed.ok) throw new Error(parsed.issues.map(({ message }) => message).join('\n'));
  return parsed.value;
}

const range = (start: string, end: string): Json => ({
  'date-range': { 'start-datetime': start, 'end-datetime': end },
});

describe('parseTlsReport (RFC 8460 §4.4)', () => {
  it('reads a report that is as it should be, without a repair', () => {
    expect(codes(report())).toEqual([]);
    const { startMs, endMs, policies } = valueOf(report());
    expect([startMs, endMs]).toEqual([Date.UTC(2026, 10, 23), Date.UTC(2026, 10, 24)]);
    expect(policies[0]).toMatchObject({
      policyType: 'sts',
      policyDomain: 'example.com',
      totalSuccessfulSessionCount: 5,
      totalFailureSessionCount: 2,
      failureDetails: [{ resultType: 'certificate-expired', failedSessionCount: 2 }],
    });
  });

  it.each<[string, Json, TlsReportIssueCode[]]>([
    [
      'date-times without a zone',
      range('2026-11-23T00:00:00', '2026-11-23T23:59:59'),
      ['date-without-zone', 'date-without-zone'],
    ],
    [
      'the next midnight as end',
      range('2026-11-23T00:00:00Z', '2026-11-24T00:00:00Z'),
      ['end-exclusive'],
    ],
    ['two days', range('2026-11-22T00:00:00Z', '2026-11-23T23:59:59Z'), ['date-range-not-a-day']],
    ['contact-info null', { 'contact-info': null }, ['contact-missing']],
    ['contact-info as a sentence', { 'contact-info': 'ask us' }, ['contact-not-address']],
    ['no organization-name', { 'organization-name': '' }, ['text-empty', 'organization-missing']],
    ['policies as one object', { policies: entry() }, ['policies-not-array']],
    ['mx-host as a text', { policies: [entry({ 'mx-host': 'mx.example.com' })] }, ['mx-host-form']],
    ['mx-host absent', { policies: [entry({ 'mx-host': undefined })] }, []],
    [
      'mx-host under another name',
      { policies: [entry({ 'mx-host': undefined, 'mx-host-pattern': ['mx.example.com'] })] },
      ['member-alias'],
    ],
    [
      'policy-string as a text',
      { policies: [entry({ 'policy-string': 'version: STSv1; mode: none' })] },
      ['policy-string-form'],
    ],
    ['policy-string null', { policies: [entry({ 'policy-string': null })] }, []],
    [
      'policy-domain absent',
      { policies: [entry({ 'policy-domain': undefined })] },
      ['policy-domain-missing'],
    ],
    [
      'policy-domain in upper case',
      { policies: [entry({ 'policy-domain': 'Example.COM.' })] },
      ['policy-domain-form'],
    ],
    [
      'an unknown policy-type',
      { policies: [entry({ 'policy-type': 'mtls' })] },
      ['policy-type-unknown'],
    ],
    ['no failure-details', { policies: [entry({}, { 'failure-details': undefined })] }, []],
    ['failure-details null', { policies: [entry({}, { 'failure-details': null })] }, []],
    [
      'an empty sending-mta-ip',
      { policies: [entry({}, { 'failure-details': [details({ 'sending-mta-ip': '' })] })] },
      ['text-empty'],
    ],
    [
      'a name for an address',
      { policies: [entry({}, { 'failure-details': [details({ 'receiving-ip': 'mx' })] })] },
      ['address-invalid'],
    ],
    [
      'an unknown result-type (RPT-6.6-1)',
      { policies: [entry({}, { 'failure-details': [details({ 'result-type': 'odd' })] })] },
      ['result-type-unknown'],
    ],
    [
      'a result-type of a draft',
      { policies: [entry({}, { 'failure-details': [details({ 'result-type': 'mx-mismatch' })] })] },
      ['member-alias'],
    ],
    [
      'a sum that is not the total',
      { policies: [entry({}, { 'failure-details': [details({ 'failed-session-count': 3 })] })] },
      ['counts-disagree'],
    ],
    [
      'no summary',
      { policies: [entry({}, { summary: undefined, 'failure-details': [] })] },
      ['count-missing'],
    ],
    [
      'counts as texts',
      {
        policies: [
          entry(
            {},
            {
              summary: {
                'total-successful-session-count': '5',
                'total-failure-session-count': '2',
              },
            },
          ),
        ],
      },
      ['count-text', 'count-text'],
    ],
  ])('accepts %s, and says what it did', (_, change, expected) => {
    const value = report(change);
    expect(read(value).ok).toBe(true);
    expect(codes(value)).toEqual(expected);
  });

  it('unwraps a list of TLSA records that is written within a text', () => {
    const packed = '["3 1 1 AB","3 1 1 CD"]';
    const value = report({
      policies: [entry({ 'policy-type': 'tlsa', 'policy-string': [packed] })],
    });
    expect(valueOf(value).policies[0]?.policyString).toEqual(['3 1 1 AB', '3 1 1 CD']);
    expect(codes(value)).toEqual(['policy-string-packed']);
  });

  it.each([
    ['a negative total', entry({}, { summary: { 'total-successful-session-count': -1 } })],
    ['half a session', entry({}, { summary: { 'total-successful-session-count': 0.5 } })],
    ['no policy', entry({}, { policy: undefined })],
    ['a number', 7],
  ])('leaves out an entry with %s and keeps the others', (_, bad) => {
    const value = report({ policies: [bad, entry()] });
    expect(valueOf(value).policies).toHaveLength(1);
    expect(codes(value)).toContain('policy-unusable');
  });

  it('keeps 20 failures of a session that failed in several ways (RPT-4-4)', () => {
    const many = Array.from({ length: 20 }, () => details());
    const value = report({ policies: [entry({}, { 'failure-details': many })] });
    expect(valueOf(value).policies[0]?.failureDetails).toHaveLength(20);
  });

  it('derives the same report-id for the same text', () => {
    const value = report({ 'report-id': undefined });
    expect(codes(value)).toEqual(['report-id-missing']);
    expect(valueOf(value).reportId).toMatch(/^derived-[0-9a-f]{32}$/);
    expect(valueOf(value).reportId).toBe(valueOf(value).reportId);
  });

  it.each<[string, string, TlsReportIssueCode]>([
    ['no JSON', '{', 'json-invalid'],
    ['a list', '[]', 'report-not-object'],
    ['no period', JSON.stringify(report({ 'date-range': undefined })), 'date-invalid'],
    [
      'a day that is not in the calendar',
      JSON.stringify(report(range('2026-02-30T00:00:00Z', '2026-03-01T00:00:00Z'))),
      'date-invalid',
    ],
    [
      'a period that ends before it begins',
      JSON.stringify(report(range('2026-11-23T00:00:00Z', '2026-11-22T00:00:00Z'))),
      'date-range-reversed',
    ],
    ['no policies', JSON.stringify(report({ policies: undefined })), 'policies-missing'],
    ['a million brackets', '['.repeat(1_000_000), 'json-too-deep'],
  ])('refuses %s', (_, text, code) => {
    const parsed = parseTlsReport(text);
    expect(parsed.ok).toBe(false);
    expect(parsed.issues.map((issue) => issue.code)).toContain(code);
  });

  it('takes __proto__ for a member like any other (RPT-7-2)', () => {
    const text = JSON.stringify(report()).replace('{', '{"__proto__":{"report-id":"evil"},');
    const parsed = parseTlsReport(text);
    expect(parsed.ok && parsed.value.reportId).toBe('1@example.net');
    expect(({} as Json)['report-id']).toBeUndefined();
  });

  it('escapes remote text in its messages', () => {
    const value = report({ 'contact-info': '\u001b[31m<b>' });
    expect(read(value).issues[0]?.message).toMatch(/^[\x20-\x7e§]+$/);
  });

  it('lists about a hundred issues of ten thousand', () => {
    const many = Array.from({ length: 10_000 }, () => entry({ 'policy-domain': 'A.example' }));
    expect(read(report({ policies: many })).issues.length).toBeLessThan(110);
  });

  it('never throws, and what it accepts can be read again after writing', () => {
    const mutated = fc.tuple(fc.jsonValue(), fc.nat(), fc.nat()).map(([value, at, length]) => {
      const text = JSON.stringify(report());
      const from = at % text.length;
      return text.slice(0, from) + JSON.stringify(value) + text.slice(from + (length % 40));
    });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.json(), fc.string()), (text) => {
        const parsed = parseTlsReport(text);
        if (parsed.ok) expect(parsed.value.endMs).toBeGreaterThan(parsed.value.startMs);
        else expect(parsed.issues.some(({ severity }) => severity === 'error')).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('reads back what formatTlsReport writes, without a repair (RPT-4-1, RPT-4.4-16)', () => {
    const whole = valueOf(report());
    const again = parseTlsReport(formatTlsReport(whole));
    expect(again).toEqual({ ok: true, value: whole, issues: [] });
  });
});
