import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMboxSplitter, type MboxQuoting } from './mbox.ts';

const FROM = 'From noreply@sender.test Thu Jan  1 00:00:00 2026';

interface Options {
  readonly cut?: number;
  readonly quoting?: MboxQuoting;
  readonly largestBytes?: number;
  readonly fromOffset?: number;
}

/** Messages as text, with where they lie. */
function split(
  text: string,
  { cut = 65_536, quoting = 'mboxrd', largestBytes = 10_000, fromOffset = 0 }: Options = {},
) {
  const splitter = createMboxSplitter({ largestBytes, quoting, fromOffset });
  const bytes = Buffer.from(text, 'latin1').subarray(fromOffset);
  const items = [];
  for (let at = 0; at < bytes.length; at += cut)
    items.push(...splitter.push(bytes.subarray(at, at + cut)));
  items.push(...splitter.end());
  return items.map((item) => ({
    at: `${item.offset}-${item.end}`,
    text: item.kind === 'message' ? Buffer.from(item.bytes).toString('latin1') : item.kind,
  }));
}

const texts = (text: string, options?: Options): string[] =>
  split(text, options).map((item) => item.text);

describe('createMboxSplitter', () => {
  it.each<[string, string, string[]]>([
    ['nothing', '', []],
    ['no mailbox', 'hello\n', []],
    ['one message', `${FROM}\nA: b\n\nx\n`, ['A: b\n\nx\n']],
    ['one without a last newline', `${FROM}\nA: b\n\nx`, ['A: b\n\nx']],
    ['an empty message', `${FROM}\n`, ['']],
    ['two', `${FROM}\nA: 1\n\nx\n\n${FROM}\nA: 2\n\ny\n\n`, ['A: 1\n\nx\n', 'A: 2\n\ny\n']],
    [
      'CRLF',
      `${FROM}\r\nA: 1\r\n\r\nx\r\n\r\n${FROM}\r\nA: 2\r\n`,
      ['A: 1\r\n\r\nx\r\n', 'A: 2\r\n'],
    ],
    ['a sentence', `${FROM}\nA: 1\n\nFrom here on\n`, ['A: 1\n\nFrom here on\n']],
    ['no empty line before', `${FROM}\nA: 1\n${FROM}\n`, [`A: 1\n${FROM}\n`]],
    ['a first line without a date', 'From x\nA: 1\n', ['A: 1\n']],
  ])('splits %s', (_name, text, expected) => {
    for (const cut of [1, 2, 7, 64, 65_536]) expect(texts(text, { cut })).toEqual(expected);
  });

  it.each<[MboxQuoting, string]>([
    ['mboxrd', 'From a\n>From b\n> From c\n'],
    ['mboxo', 'From a\n>>From b\n> From c\n'],
    ['none', '>From a\n>>From b\n> From c\n'],
  ])('takes off the quoting of %s', (quoting, expected) => {
    const text = `${FROM}\n>From a\n>>From b\n> From c\n`;
    for (const cut of [1, 3, 65_536]) expect(texts(text, { cut, quoting })).toEqual([expected]);
  });

  it('tells where messages lie, so that reading can go on there', () => {
    const text = `${FROM}\nA: 1\n\n${FROM}\nA: 2\n`;
    const second = FROM.length + 7;
    expect(split(text)).toEqual([
      { at: `0-${second}`, text: 'A: 1\n' },
      { at: `${second}-${text.length}`, text: 'A: 2\n' },
    ]);
    expect(split(text, { fromOffset: second })).toEqual([
      { at: `${second}-${text.length}`, text: 'A: 2\n' },
    ]);
  });

  it('passes over what is too large, and keeps the next', () => {
    const text = `${FROM}\n${'x'.repeat(40)}\n${'y'.repeat(70)}\n\n${FROM}\nA: 2\n`;
    for (const cut of [1, 50, 65_536])
      expect(texts(text, { cut, largestBytes: 100 })).toEqual(['too-large', 'A: 2\n']);
  });

  it('finds the same whatever the chunks are', () => {
    const line = fc.constantFrom(
      FROM,
      '',
      '\r',
      '>From x',
      '>>From ',
      'From ',
      'x'.repeat(1023),
      'z'.repeat(3000),
      'A: b',
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 30 }),
        fc.integer({ min: 1, max: 5000 }),
        (lines, cut) => {
          const text = lines.join('\n');
          expect(split(text, { cut })).toEqual(split(text));
        },
      ),
    );
  });

  it('never throws, and gives back every byte of a message without marks', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
        const body = Buffer.from(bytes).toString('latin1');
        texts(body);
        const [first] = texts(`${FROM}\n${body}x`, { quoting: 'none' });
        expect(`${body}x`.startsWith(first ?? 'none')).toBe(true);
      }),
    );
  });
});
