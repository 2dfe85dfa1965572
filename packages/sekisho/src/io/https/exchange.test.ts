import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTextPlain } from './exchange.ts';

describe('isTextPlain (RFC 8461 §3.2)', () => {
  it.each([
    ['text/plain'],
    ['Text/Plain; charset=utf-8'],
    ['TEXT/PLAIN ;charset="us-ascii"'],
    [' text/plain'],
    ['text/plain;'],
  ])('STS-3.2-3: takes %j', (contentType) => {
    expect(isTextPlain(contentType)).toBe(true);
  });

  it.each([
    [undefined],
    [''],
    ['text/html'],
    ['text/plainish'],
    ['text/plain+json'],
    ['application/text/plain'],
    ['text/html; text/plain'],
    ['text/plain, text/html'],
    ['text / plain'],
  ])('STS-3.2-3: refuses %j', (contentType) => {
    expect(isTextPlain(contentType)).toBe(false);
  });

  it('STS-3.2-4: takes text/plain in any case with any parameters', () => {
    const type = fc.mixedCase(fc.constant('text/plain'));
    fc.assert(
      fc.property(type, fc.string(), (name, parameters) => {
        expect(isTextPlain(`${name};${parameters}`)).toBe(true);
      }),
    );
  });

  it('takes nothing whose type is not text/plain', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const type = text.split(';', 1)[0]?.trim().toLowerCase();
        if (type !== 'text/plain') expect(isTextPlain(text)).toBe(false);
      }),
    );
  });
});
