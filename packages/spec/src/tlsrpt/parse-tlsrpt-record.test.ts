import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../../../test/texts/any-text.ts';
import { codesOf } from '../../../../test/texts/codes-of.ts';
import { formatTlsrptRecord } from './format-tlsrpt-record.ts';
import { parseTlsrptRecord } from './parse-tlsrpt-record.ts';
import { tlsrptRecordName } from './tlsrpt-record.ts';
import { parseDomain } from '../text/domain.ts';

const strict = { strict: true };
const MAIL = 'mailto:a@x.test';

it('RPT-3-1: the record stands at _smtp._tls', () => {
  const domain = parseDomain('example.test');
  expect(domain.ok && tlsrptRecordName(domain.value)).toBe('_smtp._tls.example.test');
});

describe('parseTlsrptRecord (RFC 8460 §3)', () => {
  it.each([
    ['RPT-3-2', `v=TLSRPTv1; rua=${MAIL}`, [MAIL]],
    ['RPT-3-5', `v=TLSRPTv1; rua=${MAIL} ,\thttps://y.test/r`, [MAIL, 'https://y.test/r']],
    ['RPT-3-6', 'v=TLSRPTv1; rua=mailto:a%21b%2C%3B@x.test;', ['mailto:a%21b%2C%3B@x.test']],
    ['RPT-3-7', `v=TLSRPTv1;rua=${MAIL} ; `, [MAIL]],
    ['RPT-3-7', `v=TLSRPTv1;\trua=${MAIL}`, [MAIL]],
    ['RPT-3-25', `v=TLSRPTv1; x=y; rua=${MAIL}; z.z=1`, [MAIL]],
    ['RPT-3-26', `v=TLSRPTv1; RUA=1; rua=${MAIL}`, [MAIL]],
    ['RPT-3-4', 'v=TLSRPTv1; rua=HTTPS://y.test:8443/r?a=b', ['HTTPS://y.test:8443/r?a=b']],
    ['RPT-3-4', 'v=TLSRPTv1; rua=mailto:a@x.test?subject=x', ['mailto:a@x.test?subject=x']],
    ['RPT-3-5', `v=TLSRPTv1; rua=${MAIL}; rua=mailto:b@x.test`, [MAIL, 'mailto:b@x.test']],
  ])('%s: reads %j, strictly too', (_clause, text, rua) => {
    expect(parseTlsrptRecord(text, strict)).toMatchObject({ ok: true, value: { rua } });
  });

  it.each([
    ['RPT-3-2', `V=TLSRPTv1; rua=${MAIL}`, ['record-version']],
    ['RPT-3-2', `v=tlsrptv1; rua=${MAIL}`, ['record-version']],
    ['RPT-3-2', `v=TLSRPTv2; rua=${MAIL}`, ['record-version']],
    ['RPT-3-2', `rua=${MAIL}; v=TLSRPTv1`, ['record-version']],
    ['RPT-3-2', '', ['record-version']],
    ['RPT-3-3', 'v=TLSRPTv1;', ['rua-missing']],
    ['RPT-3-3', 'v=TLSRPTv1; x=y', ['field-unknown', 'rua-missing']],
    ['RPT-3-3', 'v=TLSRPTv1; rua=', ['rua-uri', 'rua-unusable']],
    ['RPT-3-4', 'v=TLSRPTv1; rua=http://x.test/', ['rua-scheme', 'rua-unusable']],
    ['RPT-3-4', 'v=TLSRPTv1; rua=a@x.test', ['rua-uri', 'rua-unusable']],
    ['RPT-3-4', 'v=TLSRPTv1; rua=mailto:a', ['rua-uri', 'rua-unusable']],
    ['RPT-3-4', 'v=TLSRPTv1; rua=https:x.test', ['rua-uri', 'rua-unusable']],
    ['RPT-3-6', 'v=TLSRPTv1; rua=mailto:a@x.test!10m', ['rua-uri', 'rua-unusable']],
    ['RPT-3-7', `v=TLSRPTv1;; rua=${MAIL}`, ['field-empty']],
    ['RPT-3-7', `v=TLSRPTv1; rua=${MAIL}; _a=x`, ['field-syntax']],
    ['RPT-3-7', `v=TLSRPTv1; rua =${MAIL}`, ['field-syntax', 'rua-missing']],
    ['RPT-3-7', `v=TLSRPTv1; rua=${MAIL}; x=a b`, ['field-value']],
    ['RPT-3-7', `v=TLSRPTv1; rua=${MAIL}; x=\u00e9`, ['record-characters', 'field-value']],
  ])('%s: refuses %j', (_clause, text, codes) => {
    const parsed = parseTlsrptRecord(text);
    expect(parsed.ok).toBe(false);
    expect(codesOf(parsed)).toEqual(codes);
  });

  it.each([
    ['RPT-3-4', `v=TLSRPTv1; rua=ftp://x.test/,${MAIL}`, 'rua-scheme'],
    ['RPT-3-6', `v=TLSRPTv1; rua=mailto:b@x.test!10m,${MAIL}`, 'rua-uri'],
    ['RPT-3-7', `v=TLSRPTv1 ; rua=${MAIL}`, 'record-space-before-delimiter'],
    ['RPT-3-7', `v=TLSRPTv1; rua=${MAIL} `, 'record-trailing-space'],
  ])('%s: tolerates %j, but not strictly', (_clause, text, code) => {
    expect(parseTlsrptRecord(text)).toMatchObject({ ok: true, value: { rua: [MAIL] } });
    expect(codesOf(parseTlsrptRecord(text))).toContain(code);
    expect(parseTlsrptRecord(text, strict).ok).toBe(false);
  });

  it('keeps unknown fields, the first of each name', () => {
    const parsed = parseTlsrptRecord(`v=TLSRPTv1; b=2; rua=${MAIL}; b=3; __proto=x; v=1`);
    expect(parsed.ok).toBe(false);
    const good = parseTlsrptRecord(`v=TLSRPTv1; b=2; rua=${MAIL}; b=3; constructor=x; v=1`);
    expect(good).toMatchObject({
      ok: true,
      value: {
        extensions: [
          { name: 'b', value: '2' },
          { name: 'constructor', value: 'x' },
        ],
      },
    });
  });
});

describe('formatTlsrptRecord (RFC 8460 §3)', () => {
  it('RPT-3-6: encodes what separates', () => {
    expect(formatTlsrptRecord({ rua: ['mailto:a!b,c;d@x.test', 'https://y.test/'] })).toBe(
      'v=TLSRPTv1; rua=mailto:a%21b%2Cc%3Bd@x.test,https://y.test/;',
    );
  });

  it.each([
    [{ rua: [] }],
    [{ rua: ['a@x.test'] }],
    [{ rua: ['http://x.test/'] }],
    [{ rua: ['mailto:a@x.test\r\n'] }],
    [{ rua: ['mailto:a b@x.test'] }],
    [{ rua: ['mailto:a@x.test?x=%zz'] }],
    [{ rua: [MAIL], extensions: [{ name: 'rua', value: 'x' }] }],
    [{ rua: [MAIL], extensions: [{ name: 'x', value: '' }] }],
  ])('throws rather than write %j', (record) => {
    expect(() => formatTlsrptRecord(record)).toThrow(TypeError);
  });
});

describe('parseTlsrptRecord, for any text', () => {
  it('never throws, and what is accepted strictly is accepted', () => {
    const near = anyText.map((text) => `v=TLSRPTv1; rua=${MAIL}${text}`);
    fc.assert(
      fc.property(fc.oneof(anyText, near), (text) => {
        const isStrict = parseTlsrptRecord(text, strict).ok;
        expect(parseTlsrptRecord(text).ok || !isStrict).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('reads back what it writes', () => {
    const part = fc.string({ unit: fc.constantFrom(...'aZ09-._~+='), minLength: 1, maxLength: 40 });
    const uri = fc.oneof(
      fc.tuple(part, part).map(([local, domain]) => `mailto:${local}@${domain}`),
      fc.tuple(part, part).map(([host, path]) => `https://${host}/${path}`),
    );
    const value = fc.string({ unit: fc.constantFrom(...'!~,a0/'), minLength: 1 });
    const extensions = fc.uniqueArray(
      fc.record({ name: fc.constantFrom('x', 'a_b', '0.-'), value }),
      { selector: ({ name }) => name },
    );
    fc.assert(
      fc.property(
        fc.record({ rua: fc.array(uri, { minLength: 1, maxLength: 5 }), extensions }),
        (record) => {
          expect(parseTlsrptRecord(formatTlsrptRecord(record), strict)).toMatchObject({
            ok: true,
            value: record,
          });
        },
      ),
    );
  });
});
