import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHeaderValue } from './header-value.ts';

describe('parseHeaderValue (RFC 2045 §5.1, RFC 2231 §3)', () => {
  it.each<[string, string, Record<string, string>]>([
    ['Text/Plain', 'text/plain', {}],
    ['a/b; name="x.json"', 'a/b', { name: 'x.json' }],
    ['a/b;name=x.json', 'a/b', { name: 'x.json' }],
    ['a/b; \tname="x\\"y;z"; Other=1', 'a/b', { name: 'x"y;z', other: '1' }],
    ['a/b; name=x y.json', 'a/b', { name: 'x y.json' }],
    ['a/b (comment); x=1', 'a/b', { x: '1' }],
    ['a/b; x=1; x=2', 'a/b', { x: '1' }],
    ['a/b; name*0="net!"; name*1="com!1.json"', 'a/b', { name: 'net!com!1.json' }],
    ['a/b; name*1=b; name*0=a', 'a/b', { name: 'ab' }],
    [`a/b; name*=us-ascii'en'x%21y.json`, 'a/b', { name: 'x!y.json' }],
    [`a/b; name*0*=utf-8''x%21; name*1=y%21`, 'a/b', { name: 'x!y%21' }],
    ['', '', {}],
    [';;=;x', '', {}],
  ])('reads %s', (text, main, parameters) => {
    const value = parseHeaderValue(text);
    expect(value.main).toBe(main);
    expect(Object.fromEntries(value.parameters)).toEqual(parameters);
  });

  it('never throws, and stays quick on what is made to be slow', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 99 }),
        (bytes) => void parseHeaderValue(Buffer.from(bytes).toString('latin1')),
      ),
    );
    for (const text of [';a="', '; ', ';a=\\', '"', ';a="\\";']) {
      const before = performance.now();
      parseHeaderValue(text.repeat(200_000));
      expect(performance.now() - before).toBeLessThan(1000);
    }
  });
});
