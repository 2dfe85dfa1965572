import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyLines } from './policy-lines.ts';

describe('policyLines (RFC 8461 §3.2, RFC 8460 §4.5)', () => {
  it.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\r\nb\nc\r\n', ['a', 'b', 'c']],
    ['a\n\n', ['a', '']],
    ['\n', ['']],
    ['a\rb\n', ['a\rb']],
    ['a\r\r\n', ['a\r']],
    [' a \n', [' a ']],
  ])('%j has the lines %j', (body, lines) => {
    expect(policyLines(body)).toEqual(lines);
  });

  it('STS-3.2-6: finds the lines again, whichever line end follows each', () => {
    const line = fc.string({ unit: fc.constantFrom('a', ' ', ':', 'é'), minLength: 1 });
    const ended = fc.tuple(line, fc.constantFrom('\n', '\r\n'));
    fc.assert(
      fc.property(fc.array(ended), (parts) => {
        const body = parts.map((part) => part.join('')).join('');
        expect(policyLines(body)).toEqual(parts.map(([text]) => text));
      }),
    );
  });
});
