import { describe, expect, it } from 'vitest';
import { formatTlsReport } from './format-tls-report.ts';
import type { TlsReport } from './tls-report.ts';

const policy = {
  policyType: 'sts',
  policyString: ['version: STSv1', 'mode: none', 'max_age: 86400'],
  policyDomain: 'example.com',
  mxHost: ['*.example.com'],
  totalSuccessfulSessionCount: 1,
  totalFailureSessionCount: 0,
  failureDetails: [],
};

const report: TlsReport = {
  organizationName: 'Example',
  contactInfo: 'tls@example.net',
  reportId: '1@example.net',
  startMs: Date.UTC(2026, 10, 23),
  endMs: Date.UTC(2026, 10, 24),
  policies: [policy],
};

const failure = { resultType: 'validation-failure', failedSessionCount: 1 };
const written = (change: Partial<TlsReport> = {}) =>
  JSON.parse(formatTlsReport({ ...report, ...change })) as {
    'date-range': unknown;
    policies: { policy: Record<string, unknown>; 'failure-details': unknown }[];
  };

describe('formatTlsReport (RFC 8460 §4.4)', () => {
  it('RPT-4.1-1: covers the day to its last second', () => {
    expect(written()['date-range']).toEqual({
      'start-datetime': '2026-11-23T00:00:00Z',
      'end-datetime': '2026-11-23T23:59:59Z',
    });
  });

  it('RPT-4-6, RPT-4-7: policies and failure-details are lists, also when there is one or none', () => {
    expect(written().policies).toHaveLength(1);
    expect(written().policies[0]?.['failure-details']).toEqual([]);
  });

  it('RPT-4.4-8: mx-host is a list, for MTA-STS policies only', () => {
    expect(written().policies[0]?.policy['mx-host']).toEqual(['*.example.com']);
    const other = written({ policies: [{ ...policy, policyType: 'tlsa' }] });
    expect(other.policies[0]?.policy).not.toHaveProperty('mx-host');
  });

  it('RPT-4-3, RPT-4.4-1, RPT-4.4-2, RPT-4.4-3, RPT-4.4-6, RPT-4.4-14, RPT-4.4-15, RPT-4.4-18: names every member', () => {
    const details = {
      ...failure,
      receivingMxHostname: 'mx.example.com',
      receivingMxHelo: 'mx.example.com ESMTP',
      receivingIp: '192.0.2.1',
      sendingMtaIp: '2001:db8::1',
      additionalInformation: 'https://example.net/why',
      failureReasonCode: 'self-signed certificate',
    };
    const policies = [{ ...policy, totalFailureSessionCount: 1, failureDetails: [details] }];
    expect(written({ policies })).toEqual({
      'organization-name': 'Example',
      'date-range': {
        'start-datetime': '2026-11-23T00:00:00Z',
        'end-datetime': '2026-11-23T23:59:59Z',
      },
      'contact-info': 'tls@example.net',
      'report-id': '1@example.net',
      policies: [
        {
          policy: {
            'policy-type': 'sts',
            'policy-string': policy.policyString,
            'policy-domain': 'example.com',
            'mx-host': ['*.example.com'],
          },
          summary: { 'total-successful-session-count': 1, 'total-failure-session-count': 1 },
          'failure-details': [
            {
              'result-type': 'validation-failure',
              'sending-mta-ip': '2001:db8::1',
              'receiving-mx-hostname': 'mx.example.com',
              'receiving-mx-helo': 'mx.example.com ESMTP',
              'receiving-ip': '192.0.2.1',
              'failed-session-count': 1,
              'additional-information': 'https://example.net/why',
              'failure-reason-code': 'self-signed certificate',
            },
          ],
        },
      ],
    });
  });

  it('RPT-4.5-1: writes TLSA records one a line', () => {
    const records = ['3 1 1 0123456789abcdef', '2 0 1 fedcba9876543210'];
    const tlsa = { ...policy, policyType: 'tlsa', policyString: records };
    expect(written({ policies: [tlsa] }).policies[0]?.policy['policy-string']).toEqual(records);
  });

  it('leaves out what is not known, and cuts a long reason', () => {
    const details = [{ ...failure, failureReasonCode: 'x'.repeat(500) }];
    const { policies } = written({ policies: [{ ...policy, failureDetails: details }] });
    expect(policies[0]?.['failure-details']).toEqual([
      {
        'result-type': 'validation-failure',
        'failed-session-count': 1,
        'failure-reason-code': 'x'.repeat(128),
      },
    ]);
  });

  it.each<[string, Partial<TlsReport>]>([
    ['contact-info', { contactInfo: 'Ask Us <tls@example.net>' }],
    ['contact-info', { contactInfo: 'mailto:tls@example.net' }],
    ['organization-name', { organizationName: ' ' }],
    ['date-range', { endMs: report.startMs }],
    ['policies', { policies: [] }],
    ['policy-type', { policies: [{ ...policy, policyType: 'odd' }] }],
    ['policy-domain', { policies: [{ ...policy, policyDomain: 'bücher.example' }] }],
    ['policy-domain', { policies: [{ ...policy, policyDomain: 'Example.com' }] }],
    ['total-failure-session-count', { policies: [{ ...policy, totalFailureSessionCount: -1 }] }],
    [
      'failed-session-count',
      { policies: [{ ...policy, failureDetails: [{ ...failure, failedSessionCount: 0.5 }] }] },
    ],
    [
      'result-type',
      { policies: [{ ...policy, failureDetails: [{ ...failure, resultType: 'odd' }] }] },
    ],
    [
      'receiving-ip',
      { policies: [{ ...policy, failureDetails: [{ ...failure, receivingIp: 'mx' }] }] },
    ],
  ])('refuses a wrong %s (RPT-4.4-7: A-labels alone)', (member, change) => {
    expect(() => formatTlsReport({ ...report, ...change })).toThrow(`Cannot write ${member}`);
  });
});
