import { describe, expect, it } from 'vitest';
import { decideFetch, HOLD_BACK_MS } from './decide-fetch.ts';
import type { CachedPolicy } from './policy-lifetime.ts';
import { isPolicyFresh, policyExpiresAtMs } from './policy-lifetime.ts';
import { selectStsRecord } from './sts-record-set.ts';

const nowMs = 1_700_000_000_000;
const record = (id: string) => selectStsRecord([`v=STSv1; id=${id};`]);

function cached(id: string, ageSeconds: number, maxAgeSeconds = 86_400): CachedPolicy {
  const policy = { mode: 'none', maxAgeSeconds, mx: [], extensions: [] } as const;
  return { id, policy, fetchedAtMs: nowMs - ageSeconds * 1000 };
}

describe('decideFetch (RFC 8461 §3.1, §3.3)', () => {
  it('STS-3-1: an unchanged id costs no fetch', () => {
    expect(decideFetch({ cached: cached('1', 10), record: record('1'), nowMs })).toEqual({
      fetch: false,
      because: 'id-unchanged',
    });
  });

  it.each([
    ['20250101', '20240101'],
    ['20240101', '20250101'],
    ['abc', 'ABC'],
  ])('STS-3.1-7: from id %s to %s is a change, there is no order', (before, after) => {
    expect(decideFetch({ cached: cached(before, 10), record: record(after), nowMs })).toEqual({
      fetch: true,
      id: after,
    });
  });

  it('STS-5.1-1: without an unexpired policy a usable record leads to a fetch', () => {
    expect(decideFetch({ record: record('1'), nowMs })).toEqual({ fetch: true, id: '1' });
    expect(decideFetch({ cached: cached('1', 86_400), record: record('1'), nowMs })).toEqual({
      fetch: true,
      id: '1',
    });
  });

  it.each([
    ['STS-3.1-14', selectStsRecord(['v=STSv1; id=1;', 'v=STSv1; id=2;']), 'record-unusable'],
    ['STS-3.1-15', selectStsRecord(['v=STSv1; id=bad_id;']), 'record-unusable'],
    ['STS-3.1-13', selectStsRecord(['x']), 'no-record'],
    ['STS-3.1-16', { kind: 'unavailable' } as const, 'dns-unavailable'],
  ])('%s: no fetch without one valid record', (_clause, lookup, because) => {
    expect(decideFetch({ record: lookup, nowMs })).toEqual({ fetch: false, because });
    expect(decideFetch({ cached: cached('1', 10), record: lookup, nowMs })).toEqual({
      fetch: false,
      because,
    });
  });

  it.each([
    [0, false],
    [HOLD_BACK_MS - 1, false],
    [HOLD_BACK_MS, true],
    [-60_000, true],
  ])('STS-3.3-13: %d ms after a failed fetch of the same id: fetch is %s', (elapsedMs, fetch) => {
    const lastFailure = { id: '1', atMs: nowMs - elapsedMs };
    expect(decideFetch({ record: record('1'), lastFailure, nowMs }).fetch).toBe(fetch);
    expect(decideFetch({ record: record('2'), lastFailure, nowMs }).fetch).toBe(true);
  });

  it('STS-3.3-13: the span can be set', () => {
    const lastFailure = { id: '1', atMs: nowMs - 1000 };
    expect(decideFetch({ record: record('1'), lastFailure, nowMs, holdBackMs: 1000 }).fetch).toBe(
      true,
    );
    expect(decideFetch({ record: record('1'), lastFailure, nowMs, holdBackMs: 1001 }).fetch).toBe(
      false,
    );
  });

  it('STS-3.3-12: a max_age of zero does not make every delivery fetch', () => {
    expect(decideFetch({ cached: cached('1', 10, 0), record: record('1'), nowMs })).toEqual({
      fetch: false,
      because: 'held-back',
    });
    expect(decideFetch({ cached: cached('1', 300, 0), record: record('1'), nowMs }).fetch).toBe(
      true,
    );
  });
});

describe('the life of a policy (RFC 8461 §3.2)', () => {
  it('STS-3.2-12: it lasts max_age from the last fetch', () => {
    const policy = cached('1', 0, 60);
    expect(isPolicyFresh(policy, nowMs + 59_000)).toBe(true);
    expect(isPolicyFresh(policy, nowMs + 60_000)).toBe(false);
    expect(isPolicyFresh(policy, nowMs + 61_000)).toBe(false);
  });

  it('STS-3.2-10: it lasts one year at most', () => {
    expect(policyExpiresAtMs(cached('1', 0, 9_999_999_999))).toBe(nowMs + 31_557_600_000);
  });
});
