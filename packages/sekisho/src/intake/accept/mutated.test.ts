import { strToU8, zipSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mailOf, setUpAcceptor } from '../../../../../test/fixtures/tls-reports/acceptor.ts';
import {
  buildReportMail,
  FILE_NAME,
  GZIPPED,
  REPORT,
  reportPart,
  TEXT_PART,
} from '../../../../../test/fixtures/tls-reports/report-mail.ts';

describe('ten thousand mutated messages', () => {
  const whole = [
    buildReportMail(),
    mailOf(Buffer.from(REPORT), FILE_NAME),
    buildReportMail({
      parts: [TEXT_PART, reportPart('application/tlsrpt+json', Buffer.from(REPORT))],
    }),
    buildReportMail({
      parts: [reportPart('application/zip', zipSync({ a: strToU8(REPORT) }), 'a.zip')],
    }),
    GZIPPED,
    Buffer.from(REPORT),
  ];
  const mutation = fc.record({
    of: fc.nat({ max: whole.length - 1 }),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.nat({ max: 40 }),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc
        .constantFrom('\r\n\r\n', '\r\n--b1\r\n', '--b1--', '"', '{', '[', ';', '\0')
        .map((text) => Buffer.from(text)),
    ),
  });

  it('crash nothing, and each gets an answer', { timeout: 120_000 }, async () => {
    const { accept, post, log } = setUpAcceptor();
    const run = fc.asyncProperty(mutation, async ({ of, at, remove, insert }) => {
      const bytes = whole[of] ?? Buffer.alloc(0);
      const cut = Math.floor(at * bytes.length);
      const mutated = Buffer.concat([bytes.subarray(0, cut), insert, bytes.subarray(cut + remove)]);
      const { kind } = await (of < 4 ? accept(mutated) : post(mutated));
      expect(['stored', 'duplicate', 'not-a-report', 'refused']).toContain(kind);
    });
    await fc.assert(run, { numRuns: 10_000 });
    expect(log.entries.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
