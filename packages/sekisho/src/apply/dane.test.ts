import { parseDomain } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import { createFakeResolver, fakeAnswer, fakeFailure, type TlsaRecord } from '../io/dns/index.ts';
import { isDaneProtected } from './dane.ts';

const parsed = parseDomain('example.test');
if (!parsed.ok) throw new TypeError('no domain');
const example = parsed.value;

const signed = { authenticated: true };
const mx = (...hosts: string[]) => hosts.map((exchange) => ({ preference: 10, exchange }));
const tlsa = (usage: number): TlsaRecord => ({ usage, selector: 1, matchingType: 1, data: 'ab' });

describe('isDaneProtected (RFC 8461 §2)', () => {
  it('STS-2-1: signed MX and signed usable TLSA of one host', async () => {
    const resolver = createFakeResolver({
      'mx example.test': fakeAnswer(mx('a.test', 'b.test'), signed),
      'tlsa _25._tcp.b.test': fakeAnswer([tlsa(3)], signed),
    });
    expect(await isDaneProtected(example, resolver)).toBe(true);
  });

  it('STS-2-1: without MX records the domain itself is the host', async () => {
    const resolver = createFakeResolver({
      'mx example.test': fakeAnswer<never>([], signed),
      'tlsa _25._tcp.example.test': fakeAnswer([tlsa(2)], signed),
    });
    expect(await isDaneProtected(example, resolver)).toBe(true);
  });

  it.each([
    ['MX records are not signed', fakeAnswer(mx('a.test')), fakeAnswer([tlsa(3)], signed)],
    ['TLSA records are not signed', fakeAnswer(mx('a.test'), signed), fakeAnswer([tlsa(3)])],
    ['no usage that SMTP knows', fakeAnswer(mx('a.test'), signed), fakeAnswer([tlsa(1)], signed)],
    ['MX records cannot be looked up', fakeFailure('servfail'), fakeAnswer([tlsa(3)], signed)],
    ['TLSA cannot be looked up', fakeAnswer(mx('a.test'), signed), fakeFailure('servfail')],
    ['the MX is null (RFC 7505)', fakeAnswer(mx(''), signed), fakeAnswer([tlsa(3)], signed)],
  ])('is false where %s', async (_, mxResult, tlsaResult) => {
    const resolver = createFakeResolver({
      'mx example.test': mxResult,
      'tlsa _25._tcp.a.test': tlsaResult,
    });
    expect(await isDaneProtected(example, resolver)).toBe(false);
  });
});
