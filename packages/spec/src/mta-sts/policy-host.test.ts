import { describe, expect, it } from 'vitest';
import type { Domain } from '../text/domain.ts';
import { parseDomain } from '../text/domain.ts';
import { POLICY_PATH, policyHost, policyUrl, stsRecordName } from './policy-host.ts';

describe('the names of a Policy Domain (RFC 8461 §3.1, §3.2)', () => {
  it('STS-3.1-1: the TXT record stands at _mta-sts', () => {
    expect(stsRecordName(domainOf('Example.test.'))).toBe('_mta-sts.example.test');
  });

  it('STS-3.2-2: the Policy Host is mta-sts under the Policy Domain', () => {
    expect(policyHost(domainOf('example.test'))).toBe('mta-sts.example.test');
    expect(policyHost(domainOf('mail.example.test'))).toBe('mta-sts.mail.example.test');
  });

  it('STS-3.2-2: a domain too long for a Policy Host has none', () => {
    const name = (last: number): Domain =>
      domainOf(`${'a'.repeat(63)}.`.repeat(3) + 'b'.repeat(last));
    expect(policyHost(name(53))).toHaveLength(253);
    expect(policyHost(name(54))).toBeUndefined();
  });

  it('STS-3.2-1, STS-3.3-1, STS-9.1-1: the policy has one URL, over HTTPS, at the registered path', () => {
    const url = new URL(policyUrl(domainOf('example.test')));
    expect(url.href).toBe('https://mta-sts.example.test/.well-known/mta-sts.txt');
    expect([url.port, url.search, url.pathname]).toEqual(['', '', POLICY_PATH]);
  });
});

function domainOf(text: string): Domain {
  const parsed = parseDomain(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}
