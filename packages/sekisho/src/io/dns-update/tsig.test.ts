import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnswerSignature, signAnswer } from '../../../../../test/peers/tsig.ts';
import { signMessage, verifyAnswer } from './tsig.ts';
import type { TsigAlgorithm, TsigKey } from './tsig-key.ts';

const SECRET = Buffer.from('a secret of the tests, 32 octets');
const key = (algorithm: TsigAlgorithm = 'hmac-sha256'): TsigKey => ({
  name: 'Sekisho-Update',
  algorithm,
  secret: SECRET,
});

/** A query for TXT of `_mta-sts.example.test`, signed by kdig 3.2.6: id, time and MAC differ. */
const QUESTION = '01200001000000000000085f6d74612d737473076578616d706c6504746573740000100001';
const SIGNED: readonly (readonly [TsigAlgorithm, string, number, string])[] = [
  [
    'hmac-sha256',
    '3ef3',
    0x6b053d5b,
    '0e73656b6973686f2d7570646174650000fa00ff00000000003d0b686d61632d7368613235360000006b053d5b012c00200e01d6156adbf3d8169fd5f2b93c9b5f9cb7c54334064aba0dd43cf7fee2e70c3ef300000000',
  ],
  [
    'hmac-sha512',
    '2846',
    0x6b053d5c,
    '0e73656b6973686f2d7570646174650000fa00ff00000000005d0b686d61632d7368613531320000006b053d5c012c0040ebae27987dbce3ab07bebc05133e5c5fc7afdc48b509c71e2dd2466ef0a2c691ab38267199b84bf176417cfb9a65925e1133d90bd11d93790b108712fdb471e6284600000000',
  ],
  [
    'hmac-sha224',
    '1a04',
    0x6b053d5d,
    '0e73656b6973686f2d7570646174650000fa00ff0000000000390b686d61632d7368613232340000006b053d5d012c001c9ae9995e520e92efe768d2313fd4fb8d0eae9adc457401c3a03de9d01a0400000000',
  ],
  [
    'hmac-sha384',
    'a44a',
    0x6b053d5e,
    '0e73656b6973686f2d7570646174650000fa00ff00000000004d0b686d61632d7368613338340000006b053d5e012c003033e354a9a9c3812a0bc5e72cbf84be4fcf365c2419ca85eb724cdf002792b9f9a04c5d474bdf160431342370c0dfafbaa44a00000000',
  ],
];

describe('signMessage (RFC 8945 §4.2)', () => {
  it.each(SIGNED)('%s: signs as another program does', (algorithm, id, time, record) => {
    const plain = Buffer.from(`${id}${QUESTION}`, 'hex');
    const { bytes, mac } = signMessage(plain, key(algorithm), time);
    const signed = Buffer.from(`${id}${QUESTION}${record}`, 'hex');
    signed.writeUInt16BE(1, 10);
    expect(bytes.toString('hex')).toBe(signed.toString('hex'));
    expect(record).toContain(mac.toString('hex'));
    expect(plain.readUInt16BE(10)).toBe(0);
  });
});

describe('verifyAnswer (RFC 8945 §5.3)', () => {
  const NOW = 1_800_000_000;
  const request = signMessage(Buffer.from(`3ef3${QUESTION}`, 'hex'), key(), NOW);
  const answer = Buffer.from(`3ef38580${QUESTION.slice(4)}`, 'hex');
  const sign = (more: Partial<AnswerSignature> = {}): Buffer =>
    signAnswer(answer, key(), request.mac, { timeSigned: NOW, ...more });
  const verify = (bytes: Buffer, nowSeconds = NOW) =>
    verifyAnswer(bytes, key(), request.mac, nowSeconds);

  it('accepts the answer to our message, within 300 seconds', () => {
    const valid = { kind: 'valid', error: 0, serverSeconds: undefined };
    expect(verify(sign())).toEqual(valid);
    expect(verify(sign(), NOW + 300)).toEqual(valid);
    expect(verify(sign(), NOW - 301)).toEqual({ kind: 'wrong' });
  });

  it('restores the id that a forwarder changed', () => {
    const forwarded = sign();
    forwarded.writeUInt16BE(7, 0);
    expect(verify(forwarded)).toMatchObject({ kind: 'valid' });
  });

  it('reads the clock of the server from BADTIME', () => {
    expect(verify(sign({ error: 18, otherSeconds: NOW + 4000 }))).toEqual({
      kind: 'valid',
      error: 18,
      serverSeconds: NOW + 4000,
    });
  });

  it.each([16, 17])('takes error %d unsigned', (error) => {
    expect(verify(sign({ error, withoutMac: true }))).toEqual({ kind: 'unsigned-error', error });
  });

  it('refuses a good signature of another request, a cut MAC, none, and another key', () => {
    expect(verifyAnswer(sign(), key(), Buffer.alloc(32), NOW)).toEqual({ kind: 'wrong' });
    expect(verify(sign({ macBytes: 16 }))).toEqual({ kind: 'wrong' });
    expect(verify(sign({ withoutMac: true }))).toEqual({ kind: 'wrong' });
    const other = { ...key(), name: 'other' };
    expect(verify(signAnswer(answer, other, request.mac, { timeSigned: NOW }))).toEqual({
      kind: 'wrong',
    });
  });

  it('sees an answer without a signature', () => {
    expect(verify(answer)).toEqual({ kind: 'absent' });
    expect(verify(Buffer.alloc(0))).toEqual({ kind: 'absent' });
  });

  it('no octet can be changed but the id, which the record holds again', () => {
    const good = sign();
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: good.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, difference) => {
          const bad = Buffer.from(good);
          bad[at] = (bad[at] ?? 0) ^ difference;
          // Letters of names in the TSIG record may change their case: they are signed in lower case.
          const isSameName =
            bad.toString('latin1').toLowerCase() === good.toString('latin1').toLowerCase();
          if (!isSameName) expect(verify(bad).kind).not.toBe('valid');
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('never throws, whatever arrives', () => {
    const cut = fc
      .integer({ min: 0, max: sign().length - 1 })
      .map((length) => sign().subarray(0, length));
    const any = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(cut, any), (bytes) => {
        expect(verify(bytes).kind).not.toBe('valid');
      }),
      { numRuns: 1000 },
    );
  });
});
