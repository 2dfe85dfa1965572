import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../../../test/texts/any-text.ts';
import { parseSubjectAltName } from './subject-alt-name.ts';

describe('parseSubjectAltName (RFC 8461 §3.3)', () => {
  it.each([
    [undefined, []],
    ['', []],
    ['DNS:a.test', ['a.test']],
    ['DNS:a.test, DNS:*.b.test', ['a.test', '*.b.test']],
    ['IP Address:192.0.2.1, DNS:a.test, IP Address:2001:DB8:0:0:0:0:0:1', ['a.test']],
    ['othername:<unsupported>, DNS:a.test', ['a.test']],
    ['email:postmaster@a.test, URI:https://a.test/, Registered ID:1.2.3', []],
    ['DirName:"C = XX\\u002c O = DNS:b.test", DNS:a.test', ['a.test']],
    ['othername:"XmppAddr:x, DNS:b.test", DNS:a.test', ['a.test']],
    ['DNS:', ['']],
  ])('STS-3.3-6: %j has the dNSNames %j', (text, names) => {
    expect(parseSubjectAltName(text)).toEqual(names);
  });

  it.each([
    ['DNS:"a.test, DNS:b.test"', ['a.test, DNS:b.test']],
    ['DNS:"a.test\\u002c DNS:b.test", DNS:c.test', ['a.test, DNS:b.test', 'c.test']],
    ['DNS:"a\\"b, DNS:c.test"', ['a"b, DNS:c.test']],
    ['DNS:"a\\\\", DNS:b.test', ['a\\', 'b.test']],
    ['URI:"http://a.test/\\", DNS:b.test"', []],
    ['email:"x, DNS:b.test"', []],
  ])('STS-3.3-6: quoted %j makes no second name', (text, names) => {
    expect(parseSubjectAltName(text)).toEqual(names);
  });

  it.each([
    'DNS:"a.test',
    'DNS:"a.test\\"',
    'DNS:"a.test"b, DNS:c.test',
    'DNS:"a.test",DNS:b.test',
    'DNS:"a\\x", DNS:b.test',
    'DNS:"a\nb", DNS:b.test',
    'DNS:a", DNS:b.test',
  ])('trusts nothing of the malformed %j', (text) => {
    expect(parseSubjectAltName(text)).toEqual([]);
  });

  it('reads back names as Node writes them, whatever they hold', () => {
    const name = fc.oneof(anyText, fc.constantFrom('a.test', '*.b.test', 'x, DNS:evil.test'));
    const entry = fc.record({ type: fc.constantFrom('DNS', 'URI', 'email', 'IP Address'), name });
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const text = entries.map((given) => `${given.type}:${asNodeWrites(given.name)}`).join(', ');
        const names = entries.filter(({ type }) => type === 'DNS').map((given) => given.name);
        expect(parseSubjectAltName(text)).toEqual(names);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(Array.isArray(parseSubjectAltName(`DNS:${text}`))).toBe(true);
      }),
    );
  });
});

function asNodeWrites(name: string): string {
  return /^[\x20\x21\x23-\x26\x28-\x2b\x2d-\x5b\x5d-\x7e]*$/.test(name)
    ? name
    : JSON.stringify(name);
}
