import type { Domain } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import { fakeAnswer, fakeFailure } from '../../io/dns/index.ts';
import { lookupReportRecord } from './lookup-record.ts';

const DOMAIN = 'example.com' as Domain;
const RECORD = 'v=TLSRPTv1; rua=mailto:tls@example.com';

function look(texts: readonly string[]) {
  const lookupTxt = async (name: string) => {
    expect(name).toBe('_smtp._tls.example.com');
    return fakeAnswer(texts);
  };
  return lookupReportRecord({ lookupTxt }, DOMAIN);
}

describe('lookupReportRecord (RFC 8460 §3)', () => {
  it.each([
    ['RPT-3-1: one record', [RECORD], { kind: 'record', text: RECORD }],
    [
      'RPT-3-19: others are discarded first',
      ['v=spf1 -all', RECORD],
      { kind: 'record', text: RECORD },
    ],
    [
      'RPT-3-20: two records are none that can be used',
      [RECORD, `${RECORD} `],
      { kind: 'invalid' },
    ],
    [
      'RPT-3-2: another version is discarded',
      ['v=TLSRPTv2; rua=mailto:a@b.example'],
      { kind: 'none' },
    ],
    [
      'RPT-3-2: the version is case-sensitive',
      ['V=tlsrptv1; rua=mailto:a@b.example'],
      { kind: 'none' },
    ],
    ['RPT-3-3: a record without a destination', ['v=TLSRPTv1; x=y'], { kind: 'invalid' }],
    ['nothing', [], { kind: 'none' }],
    [
      'blanks before the first semicolon',
      ['v=TLSRPTv1 ; rua=mailto:a@b.example'],
      { kind: 'record', text: 'v=TLSRPTv1 ; rua=mailto:a@b.example' },
    ],
  ])('%s', async (_, texts, expected) => {
    expect(await look(texts)).toEqual(expected);
  });

  it('takes silence of the DNS for no answer', async () => {
    const lookupTxt = async () => fakeFailure('servfail');
    expect(await lookupReportRecord({ lookupTxt }, DOMAIN)).toEqual({ kind: 'unreachable' });
  });
});
