import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMailAddress, parseMailtoUri } from './mail-address.ts';

describe('parseMailtoUri (RFC 6068 §2, RFC 8460 §3)', () => {
  it.each([
    ['mailto:reports@example.com', 'reports@example.com'],
    ['MAILTO:reports@EXAMPLE.com', 'reports@example.com'],
    ['mailto:reports%2Btls@example.com', 'reports+tls@example.com'],
    ['mailto:bang%21path@example.com', 'bang!path@example.com'],
    ['mailto:reports@example.com?subject=hello&cc=other@example.org', 'reports@example.com'],
    ['mailto:a.b@xn--bcher-kva.example', 'a.b@xn--bcher-kva.example'],
    ['mailto:%22two%20words%22@example.com', '"two words"@example.com'],
    ['mailto:%22a@b%22@example.com', '"a@b"@example.com'],
    ['mailto:-oQ@example.com', '-oQ@example.com'],
    ['mailto:100%25@example.com', '100%@example.com'],
  ])('RPT-3-10: reads %s', (uri, address) => {
    expect(parseMailtoUri(uri)?.address).toBe(address);
  });

  it.each([
    ['https://example.com/'],
    ['mailto:'],
    ['mailto:?to=reports@example.com'],
    ['mailto:reports'],
    ['mailto:@example.com'],
    ['mailto:a@example.com%2Cb@example.org'],
    ['mailto:a@example.com,b@example.org'],
    ['mailto:a%0D%0ARCPT%20TO:b@example.com'],
    ['mailto:a@example.com%0D%0ADATA'],
    ['mailto:a%0Ab@example.com'],
    ['mailto:a%00b@example.com'],
    ['mailto:a%20b@example.com'],
    ['mailto:a%3Eb@example.com'],
    ['mailto:%22a%3E%22@example.com'],
    ['mailto:%22a%5C%22@example.com'],
    ['mailto:.a@example.com'],
    ['mailto:a..b@example.com'],
    ['mailto:r%C3%A9ports@example.com'],
    ['mailto:a@b%C3%BCcher.example'],
    ['mailto:a@[192.0.2.1]'],
    ['mailto:a@192.0.2.1'],
    ['mailto:a@%5B192.0.2.1%5D'],
    ['mailto:a%E0%A4@example.com'],
    [`mailto:${'a'.repeat(65)}@example.com`],
    [`mailto:a@${'b.'.repeat(126)}example.com`],
  ])('refuses %s', (uri) => {
    expect(parseMailtoUri(uri)).toBeUndefined();
  });

  it('never throws, and gives nothing that could leave the brackets of a path', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.emailAddress());
    fc.assert(
      fc.property(text, (tail) => {
        const address = parseMailtoUri(`mailto:${tail}`)?.address ?? 'none@example.com';
        expect(address).toMatch(/^[\x20-\x7e]+@[a-z0-9.-]+$/);
        expect(address).not.toMatch(/[<>\r\n]/);
        expect(parseMailAddress(address)?.address).toBe(address);
      }),
    );
  });
});
