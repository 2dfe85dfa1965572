import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyOfFile } from './index.ts';

const GOOD = 'version: STSv1\nmode: testing\nmx: mx.example.com\nmax_age: 604800\n';

function faults(text: string): readonly (readonly [string, number | undefined])[] {
  const read = policyOfFile(text);
  return read.ok ? [] : read.issues.map(({ code, line }) => [code, line] as const);
}

describe('policyOfFile (RFC 8461 §3.2)', () => {
  it('reads LF and CRLF, with extensions', () => {
    const wish = { mode: 'testing', maxAgeSeconds: 604_800, mx: ['mx.example.com'] };
    expect(policyOfFile(GOOD)).toMatchObject({ ok: true, value: wish });
    const rich = policyOfFile(`${GOOD.replaceAll('\n', '\r\n')}x-note: hello`);
    const extensions = [{ name: 'x-note', value: 'hello' }];
    expect(rich).toMatchObject({ ok: true, value: { ...wish, extensions } });
  });

  it.each<[string, string, [string, number | undefined][]]>([
    ['a byte order mark', `\u{feff}${GOOD}`, [['byte-order-mark', 1]]],
    [
      'a NUL',
      GOOD.replace('STSv1', 'STSv1\u0000'),
      [
        ['line-control', 1],
        ['version-invalid', 1],
      ],
    ],
    ['a blank line', GOOD.replace('mx:', '\nmx:'), [['line-blank', 3]]],
    ['a trailing dot', GOOD.replace('.com', '.com.'), [['mx-trailing-dot', 3]]],
    ['a U-label', GOOD.replace('mx.', 'bücher.'), [['domain-not-ascii', 3]]],
    ['an address', GOOD.replace('mx.example.com', '192.0.2.1'), [['domain-numeric', 3]]],
    ['a mode given twice', `${GOOD}mode: enforce\n`, [['field-duplicate', 5]]],
    ['an mx given twice', `${GOOD}mx: mx.example.com\n`, [['mx-duplicate', 5]]],
    ['a year and a second', GOOD.replace('604800', '31557601'), [['max-age-too-large', 4]]],
    ['too much', `${GOOD}${'x'.repeat(65_536)}`, [['file-too-long', undefined]]],
  ])('refuses %s with its line', (_what, text, expected) => {
    expect(faults(text)).toEqual(expected);
  });

  it('STS-3.2-6: refuses a CR without LF wherever it stands', () => {
    expect(faults(GOOD.replaceAll('\n', '\r'))).toContainEqual(['lone-carriage-return', 1]);
    expect(faults(GOOD.replace('mx.example', 'mx\r.example'))).toContainEqual([
      'lone-carriage-return',
      3,
    ]);
    expect(faults(`${GOOD}x-note: a\rb\n`)).toContainEqual(['lone-carriage-return', 5]);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void policyOfFile(text)));
  });
});
