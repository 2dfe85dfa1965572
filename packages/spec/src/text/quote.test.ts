import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anyText } from '../../../../test/texts/any-text.ts';
import { quote } from './quote.ts';

it.each([
  ['plain', '"plain"'],
  ['a"b\\c', '"a\\"b\\\\c"'],
  ['é\n\u001b', '"\\u{e9}\\u{a}\\u{1b}"'],
  ['x'.repeat(80), `"${'x'.repeat(80)}"`],
  ['x'.repeat(81), `"${'x'.repeat(80)}" (cut)`],
])('quotes %j', (text, quoted) => {
  expect(quote(text)).toBe(quoted);
});

it('whatever the text, the quotation is one short line of printable ASCII', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(quote(text)).toMatch(/^[\x20-\x7e]{2,730}$/);
    }),
  );
});
