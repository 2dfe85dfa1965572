import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReplyReader, type Reply } from './reply-reader.ts';

function read(...chunks: readonly (string | Buffer)[]) {
  const reader = createReplyReader();
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  const replies: Reply[] = [];
  for (let reply = reader.take(); reply !== undefined; reply = reader.take()) replies.push(reply);
  return { replies, fault: reader.fault, hasMore: reader.hasMore };
}

describe('createReplyReader (RFC 5321 §4.2)', () => {
  it('reads a reply of one line and of several, however it is cut', () => {
    const wanted = {
      replies: [
        { code: 220, lines: ['mx.a.test ready'] },
        { code: 250, lines: ['mx.a.test', 'STARTTLS', ''] },
      ],
      fault: undefined,
      hasMore: false,
    };
    const text = '220 mx.a.test ready\r\n250-mx.a.test\r\n250-STARTTLS\n250\r\n';
    expect(read(text)).toEqual(wanted);
    expect(read(...text)).toEqual(wanted);
  });

  it.each([
    ['GET / HTTP/1.1\r\n', 'does not begin'],
    ['199 x\r\n', 'does not begin'],
    ['2200 x\r\n', 'does not begin'],
    ['220_x\r\n', 'does not begin'],
    ['250-a\r\n251 b\r\n', 'differ'],
    ['x'.repeat(2049), 'longer than 2048'],
    [`220 ${'x'.repeat(2045)}\r\n`, 'longer than 2048'],
    ['250-x\r\n'.repeat(101), 'more than 100 lines'],
    ['250 x\r\n'.repeat(5), 'more replies'],
  ])('refuses %j', (text, fault) => expect(read(text).fault).toContain(fault));

  it.each([
    `220 ${'x'.repeat(2044)}\r\n`,
    `${'250-x\r\n'.repeat(99)}250 x\r\n`,
    '250 x\r\n'.repeat(4),
  ])('takes what is just within its bounds', (text) => expect(read(text).fault).toBeUndefined());

  it('tells what was received beyond the replies taken', () => {
    for (const [text, hasMore] of [
      ['220 go\r\n', false],
      ['220 go\r\nx', true],
      ['220 go\r\n250-x\r\n', true],
    ] as const) {
      const reader = createReplyReader();
      reader.push(Buffer.from(text));
      expect(reader.take()).toEqual({ code: 220, lines: ['go'] });
      expect({ text, hasMore: reader.hasMore }).toEqual({ text, hasMore });
    }
  });

  it('never throws, and holds little, whatever comes in', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom('250-x\r\n', '250 x\r\n', '220', '\r\n', '\n', '-', '5')
        .map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (chunks) => {
        const { replies, fault } = read(...chunks);
        expect(replies.length).toBeLessThanOrEqual(4);
        for (const { code, lines } of replies) {
          expect(code).toBeGreaterThanOrEqual(200);
          expect(code).toBeLessThan(560);
          expect(lines.length).toBeLessThanOrEqual(100);
        }
        if (fault !== undefined) expect(fault).toMatch(/^[a-z0-9 ]+$/);
      }),
    );
  });

  it('reads the same however the bytes are cut', () => {
    const texts = fc.array(fc.constantFrom('250-a\r\n', '250 b\r\n', '220 c\n', 'x\r\n'), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(texts, fc.nat(40), (lines, cut) => {
        const text = lines.join('');
        expect(read(text.slice(0, cut), text.slice(cut))).toEqual(read(text));
      }),
    );
  });
});
