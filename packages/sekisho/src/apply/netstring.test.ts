import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatNetstring,
  LONGEST_REQUEST,
  type NetstringSpan,
  readNetstring,
} from './netstring.ts';

const read = (text: string, offset = 0) => {
  const span: NetstringSpan = { start: -1, end: -1 };
  const state = readNetstring(Buffer.from(text, 'latin1'), offset, span);
  return state === 'complete' ? text.slice(span.start, span.end) : state;
};

describe('readNetstring', () => {
  it.each([
    ['4:a b ,', 'a b '],
    ['0:,', ''],
    ['3:a,b,', 'a,b'],
    ['15:sts example.com,rest', 'sts example.com'],
  ])('%j is complete', (text, payload) => {
    // `=partial` cannot be a payload here, so the two do not mix.
    expect(read(text)).toBe(payload);
  });

  it.each([
    ['', 'partial'],
    ['1', 'partial'],
    ['10000:', 'partial'],
    ['4:a b', 'partial'],
    ['4:a b ', 'partial'],
    [':,', 'bad-length'],
    ['01:a,', 'bad-length'],
    ['-1:a,', 'bad-length'],
    [' 1:a,', 'bad-length'],
    ['1x:a,', 'bad-length'],
    ['GET / HTTP/1.1', 'bad-length'],
    ['1:a;', 'no-comma'],
    ['1:ab,', 'no-comma'],
    ['10001', 'too-long'],
    ['10001:', 'too-long'],
    ['99999', 'too-long'],
    ['100000', 'too-long'],
    ['99999999999999999999:', 'too-long'],
  ])('%j is %s', (text, state) => {
    expect(read(text)).toBe(state);
  });

  it('begins at the offset', () => {
    expect(read('1:a,2:bc,', 4)).toBe('bc');
  });

  it('property: reads back what formatNetstring wrote, wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.uint8Array({ maxLength: 20 }),
        fc.uint8Array({ maxLength: 20 }),
        (bytes, before, after) => {
          const payload = Buffer.from(bytes).toString('latin1');
          const head = Buffer.from(before).toString('latin1');
          const tail = Buffer.from(after).toString('latin1');
          expect(read(`${head}${formatNetstring(payload)}${tail}`, head.length)).toBe(payload);
        },
      ),
    );
  });

  it('property: every proper prefix is partial', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 200 }), fc.nat(), (payload, cut) => {
        const text = formatNetstring(payload);
        expect(read(text.slice(0, cut % text.length))).toBe('partial');
      }),
    );
  });

  it('property: is total over bytes, and never reads outside the buffer or beyond the limit', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.stringMatching(/^\d{0,7}:?[ -~]{0,20},?$/).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(bytes, fc.nat(70), (buffer, offset) => {
        const span: NetstringSpan = { start: -1, end: -1 };
        const state = readNetstring(buffer, Math.min(offset, buffer.length), span);
        if (state !== 'complete') return;
        expect(span.end).toBeLessThan(buffer.length);
        expect(span.end - span.start).toBeGreaterThanOrEqual(0);
        expect(span.end - span.start).toBeLessThanOrEqual(LONGEST_REQUEST);
      }),
      { numRuns: 2000 },
    );
  });
});
