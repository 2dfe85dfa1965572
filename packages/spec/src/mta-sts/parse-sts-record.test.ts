import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../../../test/texts/any-text.ts';
import { codesOf } from '../../../../test/texts/codes-of.ts';
import { formatStsRecord } from './format-sts-record.ts';
import { parseStsRecord } from './parse-sts-record.ts';

const id32 = 'A'.repeat(16) + '9'.repeat(16);
const strict = { strict: true };

describe('parseStsRecord (RFC 8461 §3.1)', () => {
  it.each([
    ['STS-3.1-3', 'v=STSv1; id=1;', '1'],
    ['STS-3.1-5', 'v=STSv1; id=a;', 'a'],
    ['STS-3.1-5', `v=STSv1; id=${id32};`, id32],
    ['STS-3.1-10', 'v=STSv1;\tid=1 ; x=y', '1'],
    ['STS-3.1-10', 'v=STSv1;id=1', '1'],
    ['STS-3.1-11', 'v=STSv1; id=1', '1'],
    ['STS-3.1-11', 'v=STSv1; id=1 ; ', '1'],
    ['STS-3.1-11', 'v=STSv1; id=1;\t ', '1'],
    ['STS-3.1-12', 'v=STSv1; x=y; id=1', '1'],
    ['STS-3.1-8', 'v=STSv1; id=1; a_b-c.d=x', '1'],
    ['STS-3.1-8', `v=STSv1; id=1; ${'n'.repeat(32)}=x`, '1'],
    ['STS-3.1-9', 'v=STSv1; id=1; x=~!@', '1'],
    ['STS-3.2-21', 'v=STSv1; foo=1; id=1; bar=2; baz=3', '1'],
    ['STS-3.2-23', 'v=STSv1; id=1; id=2', '1'],
    ['STS-3.2-23', 'v=STSv1; id=1; id=bad_id', '1'],
  ])('%s: reads %j, strictly too', (_clause, text, id) => {
    expect(parseStsRecord(text, strict)).toMatchObject({ ok: true, value: { id } });
  });

  it.each([
    ['STS-3.1-2', 'v=STSv1; id=1; x=\u00e9', ['record-characters', 'field-value']],
    ['STS-3.1-2', 'v=STSv1; id=1\0;', ['record-characters', 'id-invalid']],
    ['STS-3.1-2', 'v=STSv1; id=1; id=\u007f', ['record-characters', 'field-duplicate']],
    ['STS-3.1-3', 'v=stsv1; id=1;', ['record-version']],
    ['STS-3.1-3', 'V=STSv1; id=1;', ['record-version']],
    ['STS-3.1-3', 'v = STSv1; id=1;', ['record-version']],
    ['STS-3.1-3', 'v=STSv2; id=1;', ['record-version']],
    ['STS-3.1-3', 'v=STSv10; id=1;', ['record-version']],
    ['STS-3.1-3', 'v=STSv1 x; id=1;', ['record-version']],
    ['STS-3.1-3', '', ['record-version']],
    ['STS-3.1-4', 'v=STSv1', ['id-missing']],
    ['STS-3.1-4', 'v=STSv1;', ['id-missing']],
    ['STS-3.1-4', 'v=STSv1; foo=bar', ['field-unknown', 'id-missing']],
    ['STS-3.1-4', 'v=STSv1; ID=1', ['field-unknown', 'id-missing']],
    ['STS-3.1-5', 'v=STSv1; id=;', ['id-invalid']],
    ['STS-3.1-5', `v=STSv1; id=${id32}x;`, ['id-invalid']],
    ['STS-3.1-5', 'v=STSv1; id=2016-08-31;', ['id-invalid']],
    ['STS-3.1-5', 'v=STSv1; id=a_b;', ['id-invalid']],
    ['STS-3.1-5', 'v=STSv1; id=a.b;', ['id-invalid']],
    ['STS-3.1-5', 'v=STSv1; id=a b;', ['id-invalid']],
    ['STS-3.1-8', 'v=STSv1; id=1; _a=x', ['field-syntax']],
    ['STS-3.1-8', `v=STSv1; id=1; ${'n'.repeat(33)}=x`, ['field-syntax']],
    ['STS-3.1-8', 'v=STSv1; id=1; =x', ['field-syntax']],
    ['STS-3.1-8', 'v=STSv1; id=1; x', ['field-syntax']],
    ['STS-3.1-9', 'v=STSv1; id=1; x=', ['field-value']],
    ['STS-3.1-9', 'v=STSv1; id=1; x=a=b', ['field-value']],
    ['STS-3.1-9', 'v=STSv1; id=1; x=a b', ['field-value']],
    ['STS-3.1-10', ' v=STSv1; id=1;', ['record-version']],
    ['STS-3.1-10', 'v=STSv1; id =1;', ['field-syntax', 'id-missing']],
    ['STS-3.1-10', 'v=STSv1; id= 1;', ['id-invalid']],
    ['STS-3.1-11', 'v=STSv1;; id=1', ['field-empty']],
    ['STS-3.1-11', 'v=STSv1; id=1;;', ['field-empty']],
    ['STS-3.1-11', 'v=STSv1; id=1; ;', ['field-empty']],
    ['STS-3.1-12', 'id=1; v=STSv1;', ['record-version']],
    ['STS-3.1-15', 'v=STSv1; id=bad_id;', ['id-invalid']],
    ['STS-3.1-15', 'v=STSv1 id=1;', ['record-version']],
    ['STS-3.2-23', 'v=STSv1; id=bad_id; id=1', ['id-invalid', 'field-duplicate']],
    ['STS-3.2-22', 'v=STSv1; id=1; __proto__=x', ['field-syntax']],
  ])('%s: refuses %j', (_clause, text, codes) => {
    const parsed = parseStsRecord(text);
    expect(parsed.ok).toBe(false);
    expect(codesOf(parsed)).toEqual(codes);
  });

  it.each([
    ['STS-3.1-10', 'v=STSv1 ; id=1', 'record-space-before-delimiter'],
    ['STS-3.1-10', 'v=STSv1 \t;id=1;', 'record-space-before-delimiter'],
    ['STS-3.1-11', 'v=STSv1; id=1 ', 'record-trailing-space'],
    ['STS-3.1-11', 'v=STSv1; id=1; x=y\t', 'record-trailing-space'],
  ])('%s: tolerates %j, but not strictly', (_clause, text, code) => {
    expect(parseStsRecord(text)).toMatchObject({ ok: true, value: { id: '1' } });
    expect(codesOf(parseStsRecord(text))).toContain(code);
    expect(parseStsRecord(text, strict).ok).toBe(false);
  });

  it('STS-3.2-22: unknown fields are kept for information, the first of each name', () => {
    const parsed = parseStsRecord('v=STSv1; b=2; id=1; a=1; b=3; constructor=x; v=STSv2');
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        id: '1',
        extensions: [
          { name: 'b', value: '2' },
          { name: 'a', value: '1' },
          { name: 'constructor', value: 'x' },
        ],
      },
    });
    expect(codesOf(parsed)).toEqual([
      'field-unknown',
      'field-unknown',
      'field-duplicate',
      'field-unknown',
      'field-duplicate',
    ]);
  });

  it('reports all issues of a text at once, with the clause', () => {
    const { issues } = parseStsRecord('v=STSv1 ;; id=bad_id; x=; y ');
    expect(issues.map(({ code }) => code)).toEqual([
      'record-space-before-delimiter',
      'record-trailing-space',
      'field-empty',
      'id-invalid',
      'field-value',
      'field-syntax',
    ]);
    expect(new Set(issues.map(({ ref }) => ref))).toEqual(new Set(['RFC 8461 §3.1']));
  });

  it('takes linear time over long runs of blanks', () => {
    expect(parseStsRecord(`v=STSv1; x=${' '.repeat(1_000_000)}y; id=1`).ok).toBe(false);
  });
});

describe('formatStsRecord (RFC 8461 §3.1)', () => {
  it('STS-9.2-1: writes only registered fields unless told otherwise', () => {
    expect(formatStsRecord({ id: 'abc123' })).toBe('v=STSv1; id=abc123;');
    expect(formatStsRecord({ id: '1', extensions: [{ name: 'x', value: 'y' }] })).toBe(
      'v=STSv1; id=1; x=y;',
    );
  });

  it.each([
    [{ id: '' }],
    [{ id: 'a-b' }],
    [{ id: `${id32}x` }],
    [{ id: '1\n' }],
    [{ id: '1', extensions: [{ name: 'id', value: '2' }] }],
    [{ id: '1', extensions: [{ name: 'v', value: 'STSv1' }] }],
    [{ id: '1', extensions: [{ name: 'x', value: '' }] }],
    [{ id: '1', extensions: [{ name: 'x', value: 'a;id=2' }] }],
    [{ id: '1', extensions: [{ name: '', value: 'a' }] }],
    [
      {
        id: '1',
        extensions: [
          { name: 'x', value: 'a' },
          { name: 'x', value: 'b' },
        ],
      },
    ],
  ])('throws rather than write %j', (record) => {
    expect(() => formatStsRecord(record)).toThrow(TypeError);
  });
});

describe('parseStsRecord, for any text', () => {
  const grammar =
    /^v=STSv1(?:[ \t]*;[ \t]*[A-Za-z0-9][A-Za-z0-9_.-]{0,31}=[\x21-\x3a\x3c\x3e-\x7e]+)+(?:[ \t]*;[ \t]*)?$/;

  it('never throws; strictly, accepts what the grammar accepts', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { ok, issues } = parseStsRecord(text, { strict: true });
        // Blanks before the first semicolon are refused though the grammar has them; ignored duplicates may be odd.
        const isPlain = !codesOf({ issues }).some(
          (code) => code === 'field-duplicate' || code === 'record-space-before-delimiter',
        );
        const firstId = /;[ \t]*id=([^;]*)/.exec(text)?.[1]?.trimEnd() ?? '';
        if (isPlain) expect(ok).toBe(grammar.test(text) && /^[A-Za-z0-9]{1,32}$/.test(firstId));
        expect(parseStsRecord(text).ok || !ok).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads back what it writes', () => {
    const alnum = 'abcXYZ019';
    const id = fc.string({ unit: fc.constantFrom(...alnum), minLength: 1, maxLength: 32 });
    const name = fc
      .tuple(
        fc.constantFrom(...'abZ9'),
        fc.string({ unit: fc.constantFrom(...alnum, '_', '-', '.'), maxLength: 31 }),
      )
      .map((parts) => parts.join(''))
      .filter((text) => text !== 'id' && text !== 'v');
    const value = fc.string({ unit: fc.constantFrom(...'!~"<>azAZ09:,.\\'), minLength: 1 });
    const extensions = fc.uniqueArray(fc.record({ name, value }), {
      selector: (field) => field.name,
    });
    fc.assert(
      fc.property(fc.record({ id, extensions }), (record) => {
        expect(parseStsRecord(formatStsRecord(record), strict)).toMatchObject({
          ok: true,
          value: record,
        });
      }),
    );
  });
});
