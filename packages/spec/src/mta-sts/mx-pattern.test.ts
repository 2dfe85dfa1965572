import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../../../test/texts/any-text.ts';
import { codesOf } from '../../../../test/texts/codes-of.ts';
import type { Domain } from '../text/domain.ts';
import { parseDomain } from '../text/domain.ts';
import type { MxPattern } from './mx-pattern.ts';
import { matchMx, matchPolicy, parseMxPattern } from './mx-pattern.ts';

describe('parseMxPattern (RFC 8461 §3.2)', () => {
  it.each([
    ['mx.example.test', 'mx.example.test'],
    ['*.example.test', '*.example.test'],
    ['MX.Example.TEST', 'mx.example.test'],
    ['*.test', '*.test'],
    ['mail.xn--bcher-kva.test', 'mail.xn--bcher-kva.test'],
  ])('STS-3.2-14: reads %j', (text, pattern) => {
    expect(parseMxPattern(text, { strict: true })).toEqual({
      ok: true,
      value: pattern,
      issues: [],
    });
  });

  it.each([
    ['STS-3.2-14', '*', ['mx-wildcard', 'label-characters']],
    ['STS-3.2-14', '*.', ['domain-empty']],
    ['STS-3.2-14', 'mx*.example.test', ['mx-wildcard', 'label-characters']],
    ['STS-3.2-14', 'mx.*.test', ['mx-wildcard', 'label-characters']],
    ['STS-3.2-14', '*.*.test', ['mx-wildcard', 'label-characters']],
    ['STS-3.2-14', '**.test', ['mx-wildcard', 'label-characters']],
    ['STS-3.2-14', '.example.test', ['label-empty']],
    ['STS-3.2-14', '', ['domain-empty']],
    ['STS-3.2-14', '[192.0.2.1]', ['domain-address-literal']],
    ['STS-3.2-14', '192.0.2.1', ['domain-numeric']],
    ['STS-3.2-14', '2001:db8::1', ['domain-address-literal']],
    ['STS-3.2-14', 'mx_1.example.test', ['label-characters']],
    ['STS-3.2-14', 'mx.example.test:25', ['domain-address-literal']],
    ['STS-3.2-14', 'mx.example.test..', ['label-empty']],
    ['STS-3.2-15', 'a.test, b.test', ['label-characters']],
    ['STS-3.2-15', 'a.test b.test', ['label-characters']],
    ['STS-3.2-17', 'mail.bücher.test', ['domain-not-ascii']],
  ])('%s: refuses %j', (_clause, text, codes) => {
    expect(parseMxPattern(text).ok).toBe(false);
    expect(codesOf(parseMxPattern(text))).toEqual(codes);
  });

  it.each(['mx.example.test.', '*.example.test.'])(
    'STS-3.2-14: tolerates the dot of %j, but not strictly',
    (text) => {
      expect(parseMxPattern(text)).toMatchObject({
        ok: true,
        value: text.slice(0, -1),
        issues: [{ code: 'mx-trailing-dot', severity: 'tolerated' }],
      });
      expect(parseMxPattern(text, { strict: true }).ok).toBe(false);
    },
  );

  it('STS-3.2-15: hints at one pattern a line', () => {
    expect(parseMxPattern('a.test, b.test').issues[0]?.message).toContain('own line');
  });

  it('never throws, and is idempotent', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parsed = parseMxPattern(text);
        if (parsed.ok)
          expect(parseMxPattern(parsed.value)).toEqual({
            ok: true,
            value: parsed.value,
            issues: [],
          });
        else expect(parsed.issues.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('matchMx (RFC 8461 §4.1)', () => {
  it.each([
    ['STS-4.1-2', '*.example.test', 'mail.example.test', true],
    ['STS-4.1-2', '*.example.test', 'example.test', false],
    ['STS-4.1-2', '*.example.test', 'a.b.example.test', false],
    ['STS-4.1-2', '*.example.test', 'mailexample.test', false],
    ['STS-4.1-2', '*.example.test', 'mail.example.test.evil.test', false],
    ['STS-4.1-2', '*.test', 'example.test', true],
    ['STS-4.1-2', '*.test', 'test', false],
    ['STS-4.1-3', 'mail.example.test', 'MAIL.Example.TEST', true],
    ['STS-4.1-3', 'mail.example.test', 'mail.example.test.', true],
    ['STS-4.1-3', 'MAIL.example.test', 'mail.example.test', true],
    ['STS-4.1-3', '*.xn--bcher-kva.test', 'mx.xn--bcher-kva.test', true],
    ['STS-4.1-1', 'mx.a.test', 'mx.a.test', true],
    ['STS-4.1-1', 'mx.a.test', 'real.b.test', false],
    ['STS-4-1', 'mail.example.test', 'xmail.example.test', false],
    ['STS-4-1', 'example.test', 'mail.example.test', false],
  ])('%s: %s against %s is %s', (_clause, pattern, host, matches) => {
    expect(matchMx(patternOf(pattern), domainOf(host))).toBe(matches);
  });

  it('STS-4-1: the first pattern that matches allows the host', () => {
    const mx = ['other.test', '*.example.test', 'mx.example.test'].map(patternOf);
    expect(matchPolicy({ mx }, domainOf('mx.example.test'))).toBe('*.example.test');
    expect(matchPolicy({ mx }, domainOf('mx.attacker.test'))).toBeUndefined();
    expect(matchPolicy({ mx: [] }, domainOf('mx.example.test'))).toBeUndefined();
  });

  it('STS-4.1-2: a wildcard matches any one label and never two, whatever the labels', () => {
    const label = fc.string({ unit: fc.constantFrom(...'abc019'), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 6 }), fc.nat(5), (labels, cut) => {
        const host = domainOf([...labels, 'test'].join('.'));
        const pattern = patternOf(`*.${[...labels.slice(cut), 'test'].join('.')}`);
        expect(matchMx(pattern, host)).toBe(Math.min(cut, labels.length) === 1);
      }),
    );
  });
});

function patternOf(text: string): MxPattern {
  const parsed = parseMxPattern(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

function domainOf(text: string): Domain {
  const parsed = parseDomain(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}
