import { aggregateSessions, type Domain, type PolicyFailureType } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import { createDiscoverySessions, type FailedDiscovery } from './index.ts';

const DOMAIN = 'example.com' as Domain;
const NOON_MS = Date.UTC(2026, 0, 2, 12);
const DAY_MS = 86_400_000;
const BODY = 'version: STSv1\r\nmode: enforce\r\nmx: *.example.com\r\nmax_age: 604800\r\n';

const failure = (more: Partial<FailedDiscovery> = {}): FailedDiscovery => ({
  domain: DOMAIN,
  atMs: NOON_MS,
  resultType: 'sts-policy-fetch-error',
  code: 'http-status',
  ...more,
});

describe('createDiscoverySessions (RFC 8460 §4.3.2.2)', () => {
  it.each<[string, PolicyFailureType, Partial<FailedDiscovery>, object, string]>([
    [
      'STS-6-1 RPT-4.3.2.2-1: nothing fetched, nothing kept',
      'sts-policy-fetch-error',
      {},
      { policyString: [], mxHost: [] },
      'http-status',
    ],
    [
      'STS-6-2 RPT-4.3.2.2-1: nothing fetched, one kept',
      'sts-policy-fetch-error',
      { body: BODY, code: 'connect-timeout' },
      {
        policyString: ['version: STSv1', 'mode: enforce', 'mx: *.example.com', 'max_age: 604800'],
        mxHost: ['*.example.com'],
      },
      'connect-timeout',
    ],
    [
      'RPT-4.3.2.2-2 RPT-4.5-2: no policy, with its lines',
      'sts-policy-invalid',
      { body: 'version: STSv1\nmode enforce\n', code: 'policy-invalid' },
      { policyString: ['version: STSv1', 'mode enforce'], mxHost: [] },
      'policy-invalid',
    ],
    [
      'RPT-4.3.2.2-3: a certificate that is not trusted',
      'sts-webpki-invalid',
      { code: 'tls-certificate-expired', reason: 'CERT_HAS_EXPIRED\n\u202e' },
      { policyString: [], mxHost: [] },
      'tls-certificate-expired CERT_HAS_EXPIRED??',
    ],
  ])('%s', (_, resultType, more, policy, failureReasonCode) => {
    const sessions = createDiscoverySessions();
    sessions.failed(failure({ resultType, ...more }));
    expect(sessions.take()).toEqual([
      {
        day: '2026-01-02',
        domain: DOMAIN,
        source: 'discovery',
        policy: { policyType: 'sts', policyDomain: DOMAIN, ...policy },
        isSuccess: false,
        failures: [{ resultType, failureReasonCode }],
        count: 1,
      },
    ]);
  });

  it('writes one row for a thousand lookups', () => {
    const sessions = createDiscoverySessions();
    sessions.failed(failure());
    for (let lookup = 1; lookup < 1000; lookup += 1) sessions.fellBack(DOMAIN, NOON_MS + lookup);
    sessions.failed(failure({ atMs: NOON_MS + 300_000 }));
    sessions.fellBack(DOMAIN, NOON_MS, 10);
    const rows = sessions.take();
    expect(rows).toHaveLength(1);
    const [entry] = aggregateSessions(rows);
    expect(entry?.totalFailureSessionCount).toBe(1011);
    expect(entry?.failureDetails[0]?.failedSessionCount).toBe(1011);
  });

  it('keeps days and kinds of failure apart', () => {
    const sessions = createDiscoverySessions();
    sessions.failed(failure());
    sessions.failed(failure({ code: 'connect-timeout' }));
    sessions.fellBack(DOMAIN, NOON_MS + DAY_MS);
    expect(
      sessions.take().map(({ day, failures }) => [day, failures[0]?.failureReasonCode]),
    ).toEqual([
      ['2026-01-02', 'http-status'],
      ['2026-01-02', 'connect-timeout'],
      ['2026-01-03', 'connect-timeout'],
    ]);
  });

  it('counts nothing that it does not know a failure for', () => {
    const sessions = createDiscoverySessions();
    sessions.fellBack(DOMAIN, NOON_MS);
    sessions.failed(failure());
    sessions.recovered(DOMAIN);
    sessions.fellBack(DOMAIN, NOON_MS);
    expect(sessions.take().map(({ count }) => count)).toEqual([1]);
    expect(sessions.take()).toEqual([]);
  });

  it('takes back what could not be added', () => {
    const sessions = createDiscoverySessions();
    sessions.failed(failure());
    const rows = sessions.take();
    sessions.failed(failure());
    sessions.giveBack(rows);
    expect(sessions.take()).toEqual([{ ...rows[0], count: 2 }]);
  });

  it('is bounded, and says what found no place', () => {
    const sessions = createDiscoverySessions();
    for (let index = 0; index < 10_005; index += 1)
      sessions.failed(failure({ domain: `d${index}.test` as Domain }));
    expect(sessions.take()).toHaveLength(10_000);
    expect(sessions.dropped).toBe(5);
  });
});
