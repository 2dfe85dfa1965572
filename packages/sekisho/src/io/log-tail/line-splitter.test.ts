import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineSplitter } from './line-splitter.ts';

function split(chunks: readonly string[], longestBytes = 10) {
  const splitter = createLineSplitter(longestBytes);
  let pendingBytes = 0;
  const lines = chunks.flatMap((chunk) => {
    const found = splitter.push(Buffer.from(chunk));
    ({ pendingBytes } = found);
    return found.lines;
  });
  return { lines, pendingBytes, dropped: splitter.dropped };
}

describe('createLineSplitter', () => {
  it.each([
    [['a\nb\n'], { lines: ['a', 'b'], pendingBytes: 0, dropped: 0 }],
    [['a', 'b\r', '\nc'], { lines: ['ab'], pendingBytes: 1, dropped: 0 }],
    [['\n\r\n'], { lines: ['', ''], pendingBytes: 0, dropped: 0 }],
    [['1234567890\n'], { lines: ['1234567890'], pendingBytes: 0, dropped: 0 }],
    [['12345678901\nx\n'], { lines: ['x'], pendingBytes: 0, dropped: 1 }],
    [['123456', '78901', '2\nx\n'], { lines: ['x'], pendingBytes: 0, dropped: 1 }],
    [['123456', '78901', '2'], { lines: [], pendingBytes: 12, dropped: 0 }],
  ])('%j', (chunks, expected) => {
    expect(split(chunks)).toEqual(expected);
  });

  it('does not depend on where chunks end, whatever the octets', () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map((octets) => octets.map((o) => o % 16));
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 60 }), (octets, size) => {
        const whole = createLineSplitter(12);
        const parts = createLineSplitter(12);
        const expected = whole.push(Buffer.from(octets));
        const lines: string[] = [];
        for (let at = 0; at < octets.length; at += size)
          lines.push(...parts.push(Buffer.from(octets.slice(at, at + size))).lines);
        expect(lines).toEqual(expected.lines);
        expect(parts.dropped).toBe(whole.dropped);
      }),
    );
  });
});
