import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstField, readHeader } from './read-header.ts';

const limits = { headerBytes: 200, headerLines: 8 };
const read = (text: string) => readHeader(Buffer.from(text, 'latin1'), limits);

describe('readHeader (RFC 5322 §2.2)', () => {
  it.each<[string, string, [string, string][], string]>([
    [
      'CRLF',
      'A: 1\r\nB:2\r\n\r\nbody',
      [
        ['a', '1'],
        ['b', '2'],
      ],
      'body',
    ],
    [
      'LF alone',
      'A: 1\nB: 2\n\nbody',
      [
        ['a', '1'],
        ['b', '2'],
      ],
      'body',
    ],
    [
      'mixed ends',
      'A: 1\r\nB: 2\n\r\nbody',
      [
        ['a', '1'],
        ['b', '2'],
      ],
      'body',
    ],
    ['a folded field', 'A: 1\r\n\t2\r\n 3\r\n\r\n', [['a', '1\t2 3']], ''],
    ['no body', 'A: 1', [['a', '1']], ''],
    ['no header', '\r\nA: 1\r\n\r\n', [], 'A: 1\r\n\r\n'],
    ['no header, LF', '\nA: 1', [], 'A: 1'],
    ['the line of an mbox', 'From x Tue Nov 24\nA: 1\n\nbody', [['a', '1']], 'body'],
    ['blanks before the colon', 'A \t: 1\n\n', [['a', '1']], ''],
    [
      'what is no field as part of the one before',
      'A: 1\nno field\nB: 2\n\n',
      [
        ['a', '1no field'],
        ['b', '2'],
      ],
      '',
    ],
    ['a field that hides behind a blank', ' From: x@y.example\nA: 1\n\n', [['a', '1']], ''],
    [
      'an end that only some take for one',
      'A: 1\n\r\r\nB: 2\r\n\r\nbody',
      [
        ['a', '1\r'],
        ['b', '2'],
      ],
      'body',
    ],
  ])('reads %s', (_, text, fields, body) => {
    const header = read(text);
    expect(header?.fields.map(({ name, value }) => [name, value])).toEqual(
      fields.map(([name, value]) => [name, value.trim()]),
    );
    expect(Buffer.from(text, 'latin1').subarray(header?.bodyStart).toString('latin1')).toBe(body);
  });

  it('finds the first of several fields', () => {
    const header = read('A: 1\nA: 2\n\n');
    expect(header && firstField(header, 'a')).toBe('1');
  });

  it.each([
    ['octets', `A: ${'x'.repeat(200)}\n\n`],
    ['lines', `${'A: 1\n'.repeat(9)}\n`],
    ['octets without an end', 'x'.repeat(300)],
  ])('refuses too many %s', (_, text) => expect(read(text)).toBeUndefined());

  it('never throws', () => {
    const anything = fc.uint8Array({ maxLength: 300 });
    fc.assert(fc.property(anything, (bytes) => void readHeader(Buffer.from(bytes), limits)));
  });
});
