import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCsv } from './index.ts';

describe('toCsv', () => {
  it.each<[string | readonly string[] | number | undefined, string]>([
    ['plain', 'plain'],
    ['a,b "c"', '"a,b ""c"""'],
    [' edge', '" edge"'],
    [undefined, ''],
    [-5, '-5'],
    [['a', 'b'], 'a b'],
    ['=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\\t=1"],
    ['\r=1', "'\\r=1"],
    ['  =1', "'  =1"],
    ['a\r\nb\u001b[31m', 'a\\r\\nb\\x1b[31m'],
  ])('writes %j', (cell, written) => {
    expect(toCsv(['a'], [{ a: cell }])).toBe(`a\r\n${written}\r\n`);
  });

  it('gives every row as many cells as there are names, none of them a formula', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const [, row = '', ...rest] = toCsv(['a', 'b'], [{ a: text, b: 1 }]).split('\r\n');
        expect(rest).toEqual(['']);
        expect(row.endsWith(',1')).toBe(true);
        expect(row.replace(/^"/, '')).not.toMatch(/^\s*[=+\-@]/);
      }),
    );
  });
});
