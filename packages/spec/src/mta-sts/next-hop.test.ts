import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../../../test/texts/any-text.ts';
import { parseNextHop } from './next-hop.ts';

const toAscii = (name: string): string => name.replace('bücher', 'xn--bcher-kva');

describe('parseNextHop (RFC 8461 §3.4)', () => {
  it.each([
    ['example.com', 'example.com'],
    ['Example.COM.', 'example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['3com.example', '3com.example'],
  ])('STS-1.1-1: the next-hop domain %j is the Policy Domain', (key, policyDomain) => {
    expect(parseNextHop(key, { toAscii })).toEqual({ kind: 'domain', policyDomain });
  });

  it.each([
    ['[relay.example]', 'relay.example', undefined],
    ['[Relay.example.]', 'relay.example', undefined],
    ['[relay.example]:587', 'relay.example', 587],
    ['[relay.example]:submission', 'relay.example', undefined],
    ['relay.example:587', 'relay.example', 587],
    ['relay.example:smtp', 'relay.example', undefined],
    ['[relay.example]:65535', 'relay.example', 65_535],
    ['[bücher.example]:25', 'xn--bcher-kva.example', 25],
  ])('STS-3.4-1: the domain of smart host %j is the Policy Domain', (key, policyDomain, port) => {
    const expected = { kind: 'smart-host', policyDomain, ...(port === undefined ? {} : { port }) };
    expect(parseNextHop(key, { toAscii })).toEqual(expected);
  });

  it.each([
    '192.0.2.1',
    '[192.0.2.1]',
    '[192.0.2.1]:25',
    '192.0.2.1:25',
    '2001:db8::1',
    '[2001:db8::1]',
    '[2001:db8::1]:25',
    '[IPv6:2001:db8::1]',
    '[ipv6:2001:db8::1]:587',
    'IPv6:2001:db8::1',
    '[IPv6:fe80::1%eth0]',
    '::',
  ])('STS-3.4-2: the address literal %j has no policy', (key) => {
    expect(parseNextHop(key)).toEqual({ kind: 'address-literal' });
  });

  it.each(['.example.com', '.com', '.Example.COM.'])(
    'STS-3.4-3: %j asks for a parent, which is never looked up',
    (key) => {
      expect(parseNextHop(key)).toEqual({ kind: 'parent' });
    },
  );

  it.each([
    ['', 'domain-empty'],
    ['.', 'domain-empty'],
    ['..example', 'label-empty'],
    ['/var/spool/lmtp', 'label-characters'],
    ['unix:/var/spool/lmtp', 'next-hop-syntax'],
    ['[relay.example', 'next-hop-syntax'],
    ['[relay.example]x', 'next-hop-syntax'],
    ['[relay.example]:', 'next-hop-syntax'],
    ['[relay.example]:0', 'next-hop-syntax'],
    ['[relay.example]:65536', 'next-hop-syntax'],
    ['[relay.example]:25:25', 'next-hop-syntax'],
    ['[]', 'domain-empty'],
    ['[]:25', 'domain-empty'],
    [':25', 'domain-empty'],
    ['[300.0.2.1]', 'domain-numeric'],
    ['1.2.3', 'domain-numeric'],
    ['bücher.example', 'domain-not-ascii'],
    ['user@example.com', 'label-characters'],
    ['[mx1.example], [mx2.example]', 'next-hop-syntax'],
    ['__proto__', 'label-characters'],
  ])('refuses %j', (key, code) => {
    const nextHop = parseNextHop(key);
    expect(nextHop.kind).toBe('invalid');
    expect(nextHop.kind === 'invalid' && nextHop.issues.map((issue) => issue.code)).toContain(code);
  });

  it('never throws, and gives a kind to any text', () => {
    fc.assert(
      fc.property(anyText, (key) => {
        expect(['domain', 'smart-host', 'address-literal', 'parent', 'invalid']).toContain(
          parseNextHop(key).kind,
        );
      }),
    );
  });

  it('reads every port', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65_535 }), (port) => {
        expect(parseNextHop(`[mx.example]:${port}`)).toMatchObject({ port });
      }),
    );
  });
});
