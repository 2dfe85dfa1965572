import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../../../test/texts/any-text.ts';
import { isCertificateFor, matchCertificateName } from './certificate-identity.ts';
import type { Domain } from '../text/domain.ts';
import { parseDomain } from '../text/domain.ts';

describe('matchCertificateName (RFC 8461 §3.3, RFC 9525 §6.3)', () => {
  it.each([
    ['STS-3.3-2', 'mta-sts.example.test', 'mta-sts.example.test', true],
    ['STS-3.3-2', 'mta-sts.provider.test', 'mta-sts.example.test', false],
    ['STS-3.3-7', '*.example.test', 'mta-sts.example.test', true],
    ['STS-3.3-7', 'mta*.example.test', 'mta-sts.example.test', false],
    ['STS-3.3-7', '*sts.example.test', 'mta-sts.example.test', false],
    ['STS-3.3-7', 'mta-sts.*.test', 'mta-sts.example.test', false],
    ['STS-3.3-7', '*.test', 'mta-sts.example.test', false],
    ['STS-3.3-7', '*.*.test', 'mta-sts.example.test', false],
    ['STS-3.3-7', '*', 'test', false],
    ['STS-4.2-3', 'MX.Example.TEST', 'mx.example.test', true],
    ['STS-4.2-3', 'example.test', 'mx.example.test', false],
    ['STS-4.2-3', 'mx.example.test', 'example.test', false],
    ['STS-4.2-3', '*.example.test', 'mx.example.test', true],
    ['STS-4.2-3', '*.example.test', 'example.test', false],
    ['STS-4.2-3', 'mx.example.test\0.evil.test', 'mx.example.test', false],
    ['STS-4.2-3', ' mx.example.test', 'mx.example.test', false],
    ['STS-4.2-3', '', 'mx.example.test', false],
  ])('%s: %j for %j is %s', (_clause, dnsName, host, matches) => {
    expect(matchCertificateName(dnsName, domainOf(host))).toBe(matches);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(anyText, (dnsName) => {
        expect(matchCertificateName(dnsName, domainOf('mx.other.test'))).toBe(false);
      }),
    );
  });
});

describe('isCertificateFor (RFC 8461 §4.2)', () => {
  it('STS-3.3-6: a certificate without dNSNames names no host', () => {
    expect(isCertificateFor([], domainOf('mx.example.test'))).toBe(false);
  });

  it('STS-4.2-3: one dNSName among several is enough', () => {
    expect(isCertificateFor(['a.test', 'mx.example.test'], domainOf('mx.example.test'))).toBe(true);
    expect(isCertificateFor(['a.test', 'b.test'], domainOf('mx.example.test'))).toBe(false);
  });
});

function domainOf(text: string): Domain {
  const parsed = parseDomain(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}
