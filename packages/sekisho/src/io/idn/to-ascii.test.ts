import { parseDomain } from '@sekisho/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toAscii } from './index.ts';

describe('toAscii (UTS 46)', () => {
  it.each([
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.Example', 'xn--bcher-kva.example'],
    ['bu\u0308cher.example', 'xn--bcher-kva.example'], // not yet in NFC
    ['日本語。jp', 'xn--wgv71a119e.jp'],
    ['日本語.jp', 'xn--wgv71a119e.jp'], // full-width dot
    ['почта.рф', 'xn--80a1acny.xn--p1ai'],
    ['straße.example', 'xn--strae-oqa.example'], // non-transitional: not strasse
    ['ｅｘａｍｐｌｅ.com', 'example.com'], // full-width letters
    ['مثال.إختبار', 'xn--mgbh0fb.xn--kgbechtv'], // right to left throughout
    ['क्\u200dष.example', 'xn--11b2ezcw70k.example'], // ZWJ after a virama
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['bücher.example.', 'xn--bcher-kva.example'],
    ['例え.テスト。', 'xn--r8jz45g.xn--zckzah'],
  ])('reads %s as %s', (name, ascii) => {
    expect(toAscii(name)).toBe(ascii);
  });

  it.each([
    ['an emoji sequence joined by ZWJ', '👩\u200d💻.example'],
    ['ZWJ without a virama', 'a\u200db.example'],
    ['right-to-left mixed with left-to-right in one label', 'aא.example'],
    ['a right-to-left label that begins with a digit', '0א.example'],
    ['a label that begins with a combining mark', '\u0308a.example'],
    ['an underscore, full-width', '＿mta-sts.example'],
    ['a space, ideographic', 'a\u3000b.example'],
    ['a slash look-alike that maps to a slash', 'a／b.example'],
    ['a fullwidth commercial at', 'a＠b.example'],
    ['hyphens in the third and fourth place', 'bü--cher.example'],
    ['a hyphen at the start', '-bücher.example'],
    ['bad Punycode', 'xn--ü.example'],
    ['Punycode of plain ASCII', 'xn--abc-.example'],
    ['Punycode of upper case', 'xn--BCHER-KVAÜ.example'],
    ['an unassigned code point', '\u0378.example'],
    ['a private-use code point', '\uE000.example'],
    ['half a surrogate pair', '\uD800.example'],
    ['an empty label', 'ü..example'],
    ['nothing', ''],
    ['only a dot', '。'],
    ['two trailing dots', 'ü.example..'],
    ['a label longer than 63 octets', `${'ü'.repeat(60)}.example`],
    ['a name longer than 253 octets', `${'ü'.repeat(30)}.`.repeat(8).concat('example')],
  ])('refuses %s', (_what, name) => {
    expect(toAscii(name)).toBeUndefined();
  });

  it('takes an emoji that Unicode allows; registries do not, but the DNS answers for them', () => {
    expect(toAscii('💩.example')).toBe('xn--ls8h.example');
  });

  it('never throws, and gives only names that it gives again', { timeout: 30_000 }, () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
        const ascii = toAscii(name);
        expect(ascii === undefined || toAscii(ascii) === ascii).toBe(true);
      }),
    );
  });
});

describe('parseDomain with toAscii', () => {
  it.each([
    ['1.2.3', 'domain-numeric'],
    ['１.２.３', 'domain-numeric'], // full-width digits
    ['١.example', 'domain-idn-invalid'],
    ['ü.0x7f', 'domain-numeric'],
    ['１９２。0。2。1', 'domain-numeric'],
  ])('reads %s as a name or not at all, never as an address', (name, code) => {
    const parsed = parseDomain(name, { toAscii });
    expect(parsed.ok ? undefined : parsed.issues[0]?.code).toBe(code);
  });

  it('has a canonical form for every way to write a name', () => {
    const ways = ['BÜCHER.example.', 'bücher。example', 'xn--BCHER-kva.EXAMPLE'];
    const values = ways.map((way) => {
      const parsed = parseDomain(way, { toAscii });
      return parsed.ok && parsed.value;
    });
    expect(new Set(values)).toEqual(new Set(['xn--bcher-kva.example']));
  });
});
