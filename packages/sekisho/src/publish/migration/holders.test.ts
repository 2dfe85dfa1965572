import type { Domain } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import type { FetchCount } from '../store/index.ts';
import { countHolders, heldUntilMs } from './index.ts';

const DAY = 86_400_000;
const maxAgeSeconds = 86_400;

describe('heldUntilMs (RFC 8461 §8.3)', () => {
  it('STS-8.3-1: max_age after the last moment of being served, and a minute for proxies', () => {
    expect(heldUntilMs({ servedFromMs: 0, servedUntilMs: 5 * DAY, maxAgeSeconds })).toBe(
      6 * DAY + 60_000,
    );
  });

  it('has no end while it is served, and no beginning if it never was', () => {
    expect(heldUntilMs({ servedFromMs: 0, maxAgeSeconds })).toBe(Infinity);
    expect(heldUntilMs({ maxAgeSeconds })).toBe(-Infinity);
  });
});

describe('countHolders', () => {
  const fetch = (address: string, id: string, lastAtMs: number): FetchCount => ({
    domain: 'a.test' as Domain,
    id,
    address,
    userAgent: '',
    firstAtMs: 0,
    lastAtMs,
    count: 1,
  });

  it('counts addresses whose last fetch within max_age was of that id', () => {
    const fetches = [
      fetch('192.0.2.1', 'a', 9.5 * DAY),
      fetch('192.0.2.1', 'a', 8 * DAY),
      fetch('192.0.2.2', 'a', 9.5 * DAY),
      fetch('192.0.2.2', 'b', 9.6 * DAY),
      fetch('192.0.2.3', 'a', 9 * DAY),
    ];
    const count = (id: string): number => countHolders({ id, maxAgeSeconds }, fetches, 10 * DAY);
    expect([count('a'), count('b'), count('c')]).toEqual([1, 1, 0]);
  });
});
