import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../../../test/texts/any-text.ts';
import { codesOf } from '../../../../test/texts/codes-of.ts';
import { parseDomain } from './domain.ts';

const label63 = 'a'.repeat(63);
const longest = `${label63}.${label63}.${label63}.${'b'.repeat(61)}`;

/** Stands in for UTS 46: this package carries no tables. */
const toAscii = (name: string): string | undefined =>
  name.includes('!')
    ? undefined
    : name.toLowerCase().replace('bücher', 'xn--bcher-kva').replace('。', '.');

describe('parseDomain (RFC 5321 §4.1.2)', () => {
  it.each([
    ['example.com', 'example.com'],
    ['Example.COM', 'example.com'],
    ['example.com.', 'example.com'],
    ['com', 'com'],
    ['localhost', 'localhost'],
    ['3com.example', '3com.example'],
    ['a-b.example', 'a-b.example'],
    ['r3---sn.example', 'r3---sn.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['1.2.3.4.example', '1.2.3.4.example'],
    ['example.0a', 'example.0a'],
    ['example.0xg', 'example.0xg'],
    [`${label63}.example`, `${label63}.example`],
    [longest, longest],
    [`${longest}.`, longest],
  ])('reads %j', (text, name) => {
    expect(parseDomain(text)).toEqual({ ok: true, value: name, issues: [] });
  });

  it.each([
    ['', ['domain-empty']],
    ['.', ['domain-empty']],
    ['..', ['label-empty']],
    ['.example', ['label-empty']],
    ['a..example', ['label-empty']],
    ['example..', ['label-empty']],
    ['-a.example', ['label-hyphen']],
    ['a-.example', ['label-hyphen']],
    ['a.example-', ['label-hyphen']],
    ['-', ['label-hyphen']],
    ['a_b.example', ['label-characters']],
    ['a b.example', ['label-characters']],
    [' example', ['label-characters']],
    ['example\n', ['label-characters']],
    ['exam\0ple', ['label-characters']],
    ['*.example', ['label-characters']],
    ['a.example, b.example', ['label-characters']],
    ['user@example', ['label-characters']],
    [`${label63}a.example`, ['label-too-long']],
    [`${longest}b`, ['domain-too-long']],
    ['192.0.2.1', ['domain-numeric']],
    ['192.0.2.1.', ['domain-numeric']],
    ['1', ['domain-numeric']],
    ['example.0x7F', ['domain-numeric']],
    ['example.0x', ['domain-numeric']],
    ['[192.0.2.1]', ['domain-address-literal']],
    ['2001:db8::1', ['domain-address-literal']],
    ['bücher.example', ['domain-not-ascii']],
    ['-_..9', ['label-characters', 'label-hyphen', 'label-empty', 'domain-numeric']],
  ])('refuses %j with all its faults', (text, codes) => {
    expect(codesOf(parseDomain(text))).toEqual(codes);
  });

  it('reports one code once, however often it is earned', () => {
    expect(parseDomain('.'.repeat(100_000)).issues).toHaveLength(2);
  });

  it('keeps remote text out of messages', () => {
    const [issue] = parseDomain('\u001b[31m"bad"').issues;
    expect(issue?.message).toBe(
      'Cannot read domain "\\u{1b}[31m\\"bad\\"": a label holds other characters than letters, digits and hyphens (RFC 5321 §4.1.2)',
    );
  });
});

describe('parseDomain with UTS 46 (RFC 5890 §2.3.2.1)', () => {
  it.each([
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example.', 'xn--bcher-kva.example'],
    ['bücher。example', 'xn--bcher-kva.example'],
  ])('reads %j', (text, name) => {
    expect(parseDomain(text, { toAscii })).toMatchObject({ ok: true, value: name });
  });

  it.each([
    ['bücher!.example', ['domain-idn-invalid']],
    ['ω.example', ['domain-idn-invalid']],
    ['bücher_.example', ['label-characters']],
    ['bücher.1', ['domain-numeric']],
    ['ü'.repeat(1025), ['domain-too-long']],
  ])('refuses %j', (text, codes) => {
    expect(codesOf(parseDomain(text, { toAscii }))).toEqual(codes);
  });

  it('does not ask for names in ASCII', () => {
    const never = (): never => {
      throw new Error('asked');
    };
    expect(parseDomain('example.com', { toAscii: never }).ok).toBe(true);
    expect(parseDomain('exam_ple.com', { toAscii: never }).ok).toBe(false);
  });
});

describe('parseDomain, for any text', () => {
  it('never throws, says why it refuses, and is idempotent', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parsed = parseDomain(text);
        if (parsed.ok) expect(parseDomain(parsed.value)).toEqual({ ...parsed, issues: [] });
        else expect(parsed.issues.length).toBeGreaterThan(0);
      }),
    );
  });

  it('the one pass and the list of faults agree', () => {
    const texts = fc.string({
      unit: fc.constantFrom('a', 'Z', '0', '9', 'x', '-', '.', '_'),
      maxLength: 80,
    });
    const shape =
      /^(?=.{1,254}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*(?!(?:[0-9]+|0x[0-9a-f]*)\.?$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?$/i;
    fc.assert(
      fc.property(texts, (text) => {
        expect(parseDomain(text).ok).toBe(shape.test(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('yields only what a URL parser takes for the same host name', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '0', 'x', '1', '-', '.'), maxLength: 12 }),
        (text) => {
          const parsed = parseDomain(text);
          if (parsed.ok)
            expect(new URL(`https://mta-sts.${parsed.value}/`).hostname).toBe(
              `mta-sts.${parsed.value}`,
            );
        },
      ),
      { numRuns: 2000 },
    );
  });
});
