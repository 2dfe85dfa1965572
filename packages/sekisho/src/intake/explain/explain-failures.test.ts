import { describe, expect, it } from 'vitest';
import type { FailureGroup } from '../store/index.ts';
import { explainFailures, type Finding } from './index.ts';

const GROUP: FailureGroup = {
  domain: 'a.example',
  policyType: 'sts',
  mode: 'testing',
  resultType: 'certificate-expired',
  mxHost: 'mx1.a.example',
  address: '192.0.2.1',
  isOutsidePolicy: false,
  sessions: 3,
  firstDay: '2026-11-23',
  lastDay: '2026-11-25',
  reporters: ['r.example'],
};

function explain(
  groups: readonly Partial<FailureGroup>[],
  reporters = ['r.example', 's.example', 't.example'],
  language?: 'en' | 'ja',
): readonly Finding[] {
  const all = groups.map((group) => ({ ...GROUP, ...group }));
  return explainFailures({ domain: 'a.example', groups: all, reporters }, language);
}

describe('explainFailures (RFC 8460 §4.3)', () => {
  it.each<[string, Partial<FailureGroup>, Finding['code'], Finding['severity']]>([
    ['STARTTLS', { resultType: 'starttls-not-supported' }, 'starttls-missing', 'error'],
    ['name', { resultType: 'certificate-host-mismatch' }, 'certificate-host-mismatch', 'error'],
    ['end', { mode: 'enforce' }, 'certificate-expired', 'error'],
    ['end, no policy', { policyType: 'no-policy-found' }, 'certificate-expired', 'warning'],
    ['chain', { resultType: 'certificate-not-trusted' }, 'certificate-not-trusted', 'error'],
    ['fetch', { resultType: 'sts-policy-fetch-error' }, 'policy-unfetchable', 'warning'],
    ['policy', { resultType: 'sts-policy-invalid' }, 'policy-invalid', 'warning'],
    ['its host', { resultType: 'sts-webpki-invalid' }, 'policy-host-untrusted', 'warning'],
    ['TLSA', { resultType: 'tlsa-invalid', policyType: 'tlsa' }, 'tlsa-invalid', 'error'],
    ['DNSSEC', { resultType: 'dnssec-invalid', policyType: 'tlsa' }, 'dnssec-invalid', 'error'],
    ['demand', { resultType: 'dane-required', policyType: 'tlsa' }, 'dane-required', 'error'],
    ['new', { resultType: 'toString' }, 'unknown-result', 'error'],
    ['other', { resultType: 'validation-failure' }, 'negotiation-failed', 'error'],
    [
      'bare, of a host outside the policy (RPT-4.4-10)',
      { resultType: 'validation-failure', isOutsidePolicy: true },
      'mx-not-in-policy',
      'error',
    ],
    [
      'the same, and told',
      { resultType: 'validation-failure', isOutsidePolicy: true, reasonCode: 'sts-mx-mismatch' },
      'mx-not-in-policy',
      'error',
    ],
    [
      'outside the policy, with another reason',
      { resultType: 'validation-failure', isOutsidePolicy: true, reasonCode: 'handshake failure' },
      'negotiation-failed',
      'error',
    ],
  ])('%s', (_what, group, code, severity) => {
    expect(explain([group])).toMatchObject([{ code, severity, domain: 'a.example' }]);
  });

  it('puts addresses, days and reporters of one cause at one host together', () => {
    const findings = explain([
      { address: '192.0.2.2', firstDay: '2026-11-20', reporters: ['s.example'] },
      {},
      { mxHost: 'mx2.a.example', sessions: 10 },
      { policyType: 'tlsa', sessions: 1 },
    ]);
    expect(
      findings.map(({ evidence }) => [evidence.mxHost, evidence.sessions, evidence.isDane]),
    ).toEqual([
      ['mx2.a.example', 10, false],
      ['mx1.a.example', 6, false],
      ['mx1.a.example', 1, true],
    ]);
    expect(findings[1]).toMatchObject({
      evidence: {
        addresses: ['192.0.2.1', '192.0.2.2'],
        firstDay: '2026-11-20',
        lastDay: '2026-11-25',
        reporters: ['r.example', 's.example'],
        allReporters: 3,
        reach: 'some',
      },
      meaning:
        'The certificate of MX mx1.a.example at 192.0.2.1, 192.0.2.2 has expired. 6 sessions from 2026-11-20 to 2026-11-25, reported by 2 of 3 reporters (r.example, s.example). Under testing, it was delivered all the same.',
    });
    expect(findings[1]?.remedy).toMatch(/^Renew it/);
  });

  it.each([
    [['r.example'], 'only-reporter', 'the only reporter'],
    [['r.example', 's.example'], 'one-of-several', 'r.example alone of 2 reporters'],
  ])('tells who of %j sees it', (reporters, reach, words) => {
    const [finding] = explain([{}], reporters);
    expect(finding?.evidence.reach).toBe(reach);
    expect(finding?.meaning).toContain(words);
  });

  it('points to the host of the policy, and says nothing of the mail (RFC 8461 §3.3)', () => {
    const [finding] = explain([{ resultType: 'sts-policy-fetch-error', mode: 'enforce' }]);
    expect(finding?.meaning).toContain('mta-sts.a.example');
    expect(finding?.meaning).not.toContain('delivered');
  });

  it.each(['en', 'ja'] as const)(
    'lets no text of a reporter act on a terminal (%s)',
    (language) => {
      const evil = '\u001b[31m\u202e\r\n';
      const [finding] = explain(
        [{ mxHost: evil, address: evil, reasonCode: evil, reporters: [evil], mode: 'enforce' }],
        [],
        language,
      );
      expect(JSON.stringify(finding)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      const shown = `${finding?.meaning}${finding?.remedy}`;
      expect(shown).toContain('\\x1b[31m');
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    },
  );
});
