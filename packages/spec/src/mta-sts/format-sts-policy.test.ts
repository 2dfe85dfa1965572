import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatStsPolicy } from './format-sts-policy.ts';
import { parseStsPolicy } from './parse-sts-policy.ts';

const policy = { mode: 'enforce', maxAgeSeconds: 1_209_600, mx: ['mx.example.test'] } as const;

describe('formatStsPolicy (RFC 8461 §3.2)', () => {
  it('STS-9.3-1: writes only registered fields unless told otherwise, one a line, with CRLF', () => {
    expect(formatStsPolicy({ ...policy, mx: ['mx.example.test', '*.b.test'] })).toBe(
      'version: STSv1\r\nmode: enforce\r\nmx: mx.example.test\r\nmx: *.b.test\r\nmax_age: 1209600\r\n',
    );
  });

  it('writes mode none without mx', () => {
    expect(formatStsPolicy({ mode: 'none', maxAgeSeconds: 86_400, mx: [] })).toBe(
      'version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n',
    );
  });

  it.each([
    { ...policy, mx: [] },
    { ...policy, mx: ['mx.example.test.'] },
    { ...policy, mx: ['MX.example.test'] },
    { ...policy, mx: ['bücher.test'] },
    { ...policy, mx: ['a.test\r\nmx: b.test'] },
    { ...policy, mx: ['a.test', 'a.test'] },
    { ...policy, maxAgeSeconds: 31_557_601 },
    { ...policy, maxAgeSeconds: -1 },
    { ...policy, maxAgeSeconds: 1.5 },
    { ...policy, maxAgeSeconds: Number.NaN },
    { ...policy, mode: 'off' as 'none' },
    { ...policy, extensions: [{ name: 'mode', value: 'none' }] },
    { ...policy, extensions: [{ name: 'x y', value: 'z' }] },
    { ...policy, extensions: [{ name: 'x', value: 'y\nmode: none' }] },
    { ...policy, extensions: [{ name: 'x', value: ' y' }] },
    { ...policy, extensions: [{ name: 'x', value: '\u{d800}' }] },
    {
      ...policy,
      extensions: [
        { name: 'x', value: '1' },
        { name: 'x', value: '2' },
      ],
    },
  ])('throws rather than write %j', (unwritable) => {
    expect(() => formatStsPolicy(unwritable)).toThrow(TypeError);
  });

  it('is read back as what was written, strictly', () => {
    const label = fc.string({ unit: fc.constantFrom(...'abz019'), minLength: 1, maxLength: 6 });
    const host = fc
      .tuple(fc.constantFrom('', '*.'), fc.array(label, { minLength: 1, maxLength: 4 }))
      .map(([star, labels]) => `${star}${labels.join('.')}.test`);
    const name = fc.string({ unit: fc.constantFrom(...'abXY09'), minLength: 1, maxLength: 32 });
    const value = fc
      .string({ unit: fc.constantFrom(...'aé:日 .=;#"\u{1f4e8}'), minLength: 1 })
      .filter((text) => text.trim() === text);
    const written = fc.record({
      mode: fc.constantFrom('enforce', 'testing', 'none'),
      maxAgeSeconds: fc.integer({ min: 0, max: 31_557_600 }),
      mx: fc.uniqueArray(host, { minLength: 1, maxLength: 5 }),
      extensions: fc.uniqueArray(fc.record({ name, value }), { selector: (field) => field.name }),
    });
    fc.assert(
      fc.property(written, (given) => {
        const parsed = parseStsPolicy(formatStsPolicy(given), { strict: true });
        expect(parsed).toMatchObject({ ok: true, value: given });
      }),
    );
  });
});
