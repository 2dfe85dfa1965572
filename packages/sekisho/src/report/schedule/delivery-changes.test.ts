import { describe, expect, it } from 'vitest';
import { nextAttemptAtMs } from './delivery-changes.ts';

const HOUR = 3_600_000;
const next = (attempts: number, nowMs = 0, rest: { chance?: number; retryAfterMs?: number } = {}) =>
  nextAttemptAtMs(attempts, { firstAttemptAtMs: 0, nowMs, chance: 0, ...rest });

describe('nextAttemptAtMs (RFC 8460 §5.5)', () => {
  it.each([
    [1, 5],
    [2, 10],
    [3, 20],
    [6, 160],
    [7, 240],
    [1000, 240],
  ])('RPT-5.5-2: after %i failed attempts waits %i minutes', (attempts, minutes) => {
    expect(next(attempts)).toBe(minutes * 60_000);
  });

  it('adds up to a tenth', () => {
    expect(next(1, 0, { chance: 1 })).toBe(330_000);
  });

  it('RPT-5.5-1: tries for the last time after 24 hours', () => {
    expect(next(9, 23 * HOUR)).toBe(24 * HOUR);
    expect(next(9, 24 * HOUR)).toBeUndefined();
    expect(next(9, 90 * HOUR)).toBeUndefined();
  });

  it('never comes before the destination wants to be asked', () => {
    expect(next(1, 0, { retryAfterMs: 2 * HOUR })).toBe(2 * HOUR);
    expect(next(1, 0, { retryAfterMs: 10 })).toBe(300_000);
    expect(next(1, 0, { retryAfterMs: 25 * HOUR })).toBeUndefined();
  });
});
