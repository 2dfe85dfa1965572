import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivePolicyId } from './policy-id.ts';
import { sha256 } from '../text/sha256.ts';
import { parseStsRecord } from './parse-sts-record.ts';
import { utf8 } from '../text/utf8.ts';

describe('sha256 (FIPS 180-4)', () => {
  it.each([0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000])(
    'digests %d octets as node:crypto does',
    (size) => {
      const octets = Array.from({ length: size }, (_, at) => (at * 7) & 0xff);
      expect(sha256(octets)).toBe(createHash('sha256').update(Buffer.from(octets)).digest('hex'));
    },
  );

  it('digests any octets as node:crypto does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
        expect(sha256([...octets])).toBe(createHash('sha256').update(octets).digest('hex'));
      }),
    );
  });
});

describe('utf8 (RFC 3629 §3)', () => {
  it('encodes any text as TextEncoder does', () => {
    const units = fc.array(fc.nat(0xffff)).map((codes) => String.fromCharCode(...codes));
    fc.assert(
      fc.property(fc.oneof(units, fc.string({ unit: 'binary' })), (text) => {
        expect(utf8(text)).toEqual([...new TextEncoder().encode(text)]);
      }),
    );
  });
});

describe('derivePolicyId (RFC 8461 §3.1)', () => {
  it('STS-3.1-6: other policies have other ids, the same policy has the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(derivePolicyId(a) === derivePolicyId(b)).toBe(a.toWellFormed() === b.toWellFormed());
      }),
    );
  });

  it('STS-3.1-5: can stand in a record', () => {
    const id = derivePolicyId('version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n');
    expect(parseStsRecord(`v=STSv1; id=${id};`, { strict: true })).toMatchObject({
      ok: true,
      value: { id },
    });
  });
});
