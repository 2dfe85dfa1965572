import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInstant, parseInstant } from './report-instant.ts';

const FIRST = Date.UTC(0, 0, 1) - Date.UTC(1900, 0, 1) + Date.parse('0000-01-01T00:00:00Z');

describe('parseInstant (RFC 8460 §4.4)', () => {
  it.each([
    ['2026-11-24T00:00:00Z', '2026-11-24T00:00:00Z'],
    ['2026-11-24t09:00:00+09:00', '2026-11-24T00:00:00Z'],
    ['2026-11-23 19:00:00-05:00', '2026-11-24T00:00:00Z'],
    ['2024-02-29T23:59:59.999Z', '2024-02-29T23:59:59.999Z'],
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59Z'],
  ])('reads %s', (text, same) => {
    expect(parseInstant(text)).toEqual({ ms: Date.parse(same), hasZone: true });
  });

  it('reads a date-time without a zone as UTC, whatever zone the machine has', () => {
    const read = parseInstant('2024-03-26T00:00:00');
    expect(read).toEqual({ ms: Date.UTC(2024, 2, 26), hasZone: false });
  });

  it.each([
    '2023-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01',
    '20260101T000000Z',
    '2026-01-01T00:00:00+0900',
    '',
    `2026-01-01T00:00:00.${'0'.repeat(99)}Z`,
  ])('refuses %s', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it('reads and writes every second of ten millennia as Date does', () => {
    const last = Date.parse('9999-12-31T23:59:59Z');
    fc.assert(
      fc.property(fc.integer({ min: FIRST / 1000, max: last / 1000 }), (seconds) => {
        const text = new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
        expect(formatInstant(seconds * 1000)).toBe(text);
        expect(parseInstant(text)?.ms).toBe(seconds * 1000);
      }),
      { numRuns: 2000 },
    );
  });
});
