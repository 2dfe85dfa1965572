import type { Domain } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import type { FetchCount, PolicyVersion } from '../store/index.ts';
import { countHolders, heldUntilMs, mayGoAtMs } from './index.ts';

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

describe('mayGoAtMs (RFC 8461 §8.3)', () => {
  const version = (changes: Partial<PolicyVersion>): PolicyVersion => ({
    domain: 'a.test' as Domain,
    number: 1,
    id: 'one',
    body: '',
    mode: 'testing',
    maxAgeSeconds: 604_800,
    mx: [],
    createdAtMs: 0,
    createdBy: 'admin',
    overrides: [],
    ...changes,
  });
  const past = version({ servedFromMs: 0, servedUntilMs: 10 * DAY, maxAgeSeconds: 30 * 86_400 });
  const later = version({
    number: 2,
    servedFromMs: 10 * DAY,
    servedUntilMs: 20 * DAY,
    maxAgeSeconds: 86_400,
  });
  const none = version({ number: 3, mode: 'none', servedFromMs: 20 * DAY });

  it('STS-8.3-1: is when the longest policy ever served ends, not the last one', () => {
    expect(mayGoAtMs({ served: 3 }, [none, later, past])).toBe(40 * DAY + 60_000);
  });

  it('is never while something else than none is served, and at once when nothing was', () => {
    expect(mayGoAtMs({ served: 4 }, [version({ number: 4, servedFromMs: 1 }), past])).toBe(
      Infinity,
    );
    expect(mayGoAtMs({}, [version({ number: 4 })])).toBe(-Infinity);
  });

  it('is no earlier for a clock that was set back while a policy was served', () => {
    const back = version({
      servedFromMs: 90 * DAY,
      servedUntilMs: 10 * DAY,
      maxAgeSeconds: 86_400,
    });
    expect(mayGoAtMs({ served: 3 }, [none, back])).toBe(91 * DAY + 60_000);
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
