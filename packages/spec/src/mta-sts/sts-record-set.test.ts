import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../../../test/texts/any-text.ts';
import { codesOf } from '../../../../test/texts/codes-of.ts';
import { selectStsRecord } from './sts-record-set.ts';

const one = 'v=STSv1; id=1;';
const two = 'v=STSv1; id=2;';

describe('selectStsRecord (RFC 8461 §3.1)', () => {
  it.each([
    ['STS-3.1-13', [one, 'v=spf1 -all'], 'record', ['record-unrelated']],
    [
      'STS-3.1-13',
      ['some text', 'v=DMARC1; p=none', one],
      'record',
      ['record-unrelated', 'record-unrelated'],
    ],
    ['STS-3.1-13', ['random text'], 'none', ['record-unrelated']],
    ['STS-3.1-13', ['v=STSv10; id=2;', one], 'record', ['record-misspelt']],
    ['STS-3.1-13', ['v=stsv1; id=1;'], 'none', ['record-misspelt']],
    ['STS-3.1-13', [' v=STSv1; id=1;'], 'none', ['record-misspelt']],
    ['STS-3.1-13', ['"v=STSv1; id=1;"'], 'none', ['record-misspelt']],
    ['STS-3.1-13', ['v=STSv1'], 'none', ['record-misspelt']],
    ['STS-3.1-13', [], 'none', []],
    ['STS-3.1-14', [one, two], 'multiple', ['record-multiple']],
    ['STS-3.1-14', [one, one], 'multiple', ['record-multiple']],
    ['STS-3.1-14', [one, 'v=STSv1; id=bad_id;'], 'multiple', ['record-multiple']],
    ['STS-3.1-14', [one, 'x', two], 'multiple', ['record-multiple', 'record-unrelated']],
    ['STS-3.1-15', ['v=STSv1; id=bad_id;'], 'invalid', ['id-invalid']],
    ['STS-3.1-15', ['v=STSv1;'], 'invalid', ['id-missing']],
    ['STS-3.1-10', ['v=STSv1 ; id=1'], 'record', ['record-space-before-delimiter']],
    ['STS-3.1-10', ['v=STSv1 ; id=1', one], 'record', ['record-misspelt']],
    ['STS-3.1-10', ['v=STSv1 ; id=1', 'v=STSv1\t; id=2'], 'multiple', ['record-multiple']],
  ])('%s: %j is %s', (_clause, texts, kind, codes) => {
    const selected = selectStsRecord(texts);
    expect(selected.kind).toBe(kind);
    expect(codesOf(selected)).toEqual(codes);
  });

  it('STS-3.1-17: never joins records, only the strings of one, which the caller has done', () => {
    const strings = ['v=STSv1; i', 'd=abc', '123;'];
    expect(selectStsRecord([strings.join('')])).toMatchObject({ record: { id: 'abc123' } });
    expect(selectStsRecord(strings).kind).toBe('invalid');
  });

  it('says which text and how many', () => {
    expect(selectStsRecord(['x', one])).toMatchObject({
      kind: 'record',
      text: one,
      record: { id: '1' },
    });
    expect(selectStsRecord(['v=STSv1; id=;'])).toMatchObject({
      kind: 'invalid',
      text: 'v=STSv1; id=;',
    });
    expect(selectStsRecord([one, two, one])).toMatchObject({ kind: 'multiple', count: 3 });
  });

  it('strictly, what is tolerated is invalid', () => {
    expect(selectStsRecord(['v=STSv1 ; id=1'], { strict: true }).kind).toBe('invalid');
  });

  it('never throws, and its verdict does not depend on the order', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyText, fc.constantFrom(one, two))), (texts) => {
        expect(selectStsRecord(texts).kind).toBe(selectStsRecord(texts.toReversed()).kind);
      }),
    );
  });
});
