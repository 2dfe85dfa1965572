import { describe, expect, it } from 'vitest';
import { policyDomainOf, withoutPort } from './host-name.ts';

describe('policyDomainOf (RFC 8461 §3.2)', () => {
  it.each([
    ['mta-sts.example.com', 'example.com'],
    ['MTA-STS.Example.COM.', 'example.com'],
    ['mta-sts.mta-sts.example.com', 'mta-sts.example.com'],
    ['mta-sts.', undefined],
    ['mta-sts', undefined],
    ['example.com', undefined],
    ['xmta-sts.example.com', undefined],
    ['mta-sts.exa mple.com', undefined],
    ['mta-sts.192.0.2.1', undefined],
    ['mta-sts.b\u00fccher.test', undefined],
  ])('%s belongs to %s', (host, domain) => {
    expect(policyDomainOf(host)).toBe(domain);
  });
});

describe('withoutPort (RFC 9110 §7.2)', () => {
  it.each([
    ['a.test', 'a.test'],
    ['a.test:443', 'a.test'],
    ['a.test:', 'a.test'],
    ['a.test:x', undefined],
    ['a.test:443:443', undefined],
    ['[2001:db8::1]:443', undefined],
  ])('%s is %s', (host, name) => {
    expect(withoutPort(host)).toBe(name);
  });
});
