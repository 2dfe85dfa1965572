import { describe, expect, it } from 'vitest';
import type { MxEvidence } from './decide-delivery.ts';
import { decideDelivery } from './decide-delivery.ts';
import type { Domain } from '../text/domain.ts';
import { parseDomain } from '../text/domain.ts';
import { formatStsPolicy } from './format-sts-policy.ts';
import { parseStsPolicy } from './parse-sts-policy.ts';
import { RESULT_TYPES } from '../text/result-type.ts';
import type { StsMode, StsPolicy } from './sts-policy.ts';

const good: MxEvidence = {
  mxHost: domainOf('mx.example.test'),
  starttls: true,
  tlsVersionOk: true,
  certificate: 'valid',
};
const bare = { mxHost: good.mxHost, starttls: true, tlsVersionOk: true };

const failures = [
  [
    'STS-4-1',
    'an MX outside the policy',
    { ...good, mxHost: domainOf('mx.attacker.test') },
    'validation-failure',
    'sts-mx-mismatch',
  ],
  [
    'STS-4-2',
    'no STARTTLS',
    { ...bare, starttls: false },
    'starttls-not-supported',
    'starttls-not-offered',
  ],
  [
    'STS-7.2-1',
    'TLS 1.1 only',
    { ...good, tlsVersionOk: false },
    'validation-failure',
    'tls-version',
  ],
  [
    'STS-4.2-1',
    'an expired certificate',
    { ...good, certificate: 'expired' },
    'certificate-expired',
    'certificate-expired',
  ],
  [
    'STS-4.2-2',
    'an untrusted certificate',
    { ...good, certificate: 'not-trusted' },
    'certificate-not-trusted',
    'certificate-not-trusted',
  ],
  [
    'STS-4.2-3',
    'a certificate for another name',
    { ...good, certificate: 'host-mismatch' },
    'certificate-host-mismatch',
    'certificate-host-mismatch',
  ],
  ['STS-4-2', 'no certificate', bare, 'validation-failure', 'certificate-missing'],
] as const satisfies readonly (readonly [string, string, MxEvidence, string, string])[];

describe('decideDelivery (RFC 8461 §4, §5)', () => {
  it.each(failures)(
    'STS-5-1, %s: in enforce, %s means the host is skipped',
    (_clause, _what, evidence, resultType, reason) => {
      expect(decideDelivery(policyOf('enforce'), evidence)).toEqual({
        kind: 'skip-host',
        resultType,
        reason,
      });
      expect(RESULT_TYPES).toContain(resultType);
    },
  );

  it.each(failures)(
    'STS-5-2, STS-6-3, %s: in testing, %s is delivered and reported',
    (_clause, _what, evidence, resultType, reason) => {
      expect(decideDelivery(policyOf('testing'), evidence)).toEqual({
        kind: 'deliver-and-report',
        resultType,
        reason,
      });
    },
  );

  it.each(failures)(
    'STS-5-3, STS-6-3, %s: in none and without a policy, %s is delivered and nothing is reported',
    (_clause, _what, evidence) => {
      expect(decideDelivery(policyOf('none'), evidence)).toEqual({ kind: 'deliver' });
      expect(decideDelivery(undefined, evidence)).toEqual({ kind: 'deliver' });
    },
  );

  it.each(['enforce', 'testing', 'none'] as const)(
    'STS-4-2: in %s, a host that passes everything is delivered to',
    (mode) => {
      expect(decideDelivery(policyOf(mode), good)).toEqual({ kind: 'deliver' });
    },
  );

  it('STS-5.1-3, STS-8.4-1: hosts are judged one by one, so the next one can serve', () => {
    const hosts = [domainOf('mx.attacker.test'), good.mxHost];
    const kinds = hosts.map(
      (mxHost) => decideDelivery(policyOf('enforce'), { ...good, mxHost }).kind,
    );
    expect(kinds).toEqual(['skip-host', 'deliver']);
  });

  it('STS-5-5: no decision is a permanent failure', () => {
    const modes = ['enforce', 'testing', 'none'] as const;
    const kinds = modes.flatMap((mode) =>
      failures.map(([, , evidence]) => decideDelivery(policyOf(mode), evidence).kind),
    );
    expect(new Set(kinds)).toEqual(new Set(['skip-host', 'deliver-and-report', 'deliver']));
  });
});

function policyOf(mode: StsMode): StsPolicy {
  const parsed = parseStsPolicy(
    formatStsPolicy({ mode, maxAgeSeconds: 1_209_600, mx: ['mx.example.test'] }),
  );
  if (!parsed.ok) throw new Error(mode);
  return parsed.value;
}

function domainOf(text: string): Domain {
  const parsed = parseDomain(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}
