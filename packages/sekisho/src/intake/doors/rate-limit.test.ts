import { describe, expect, it } from 'vitest';
import { createRateLimit } from './rate-limit.ts';

describe('createRateLimit', () => {
  it('lets a minute’s share through at once, then as fast as it grows back', () => {
    let now = 0;
    const rate = createRateLimit({ perMinute: 3, clients: 10, nowMs: () => now });
    expect([1, 2, 3, 4].map(() => rate.take('a'))).toEqual([0, 0, 0, 20]);
    expect(rate.take('b')).toBe(0);
    now = 20_000;
    expect([rate.take('a'), rate.take('a')]).toEqual([0, 20]);
  });

  it('gains nothing when the clock goes back', () => {
    let now = 100_000;
    const rate = createRateLimit({ perMinute: 1, clients: 10, nowMs: () => now });
    expect(rate.take('a')).toBe(0);
    now = 0;
    expect(rate.take('a')).toBe(60);
  });

  it('remembers so many clients and no more', () => {
    const rate = createRateLimit({ perMinute: 1, clients: 2, nowMs: () => 0 });
    expect(['a', 'b', 'a', 'c', 'a', 'b'].map((client) => rate.take(client))).toEqual([
      0, 0, 60, 0, 60, 0,
    ]);
  });
});
