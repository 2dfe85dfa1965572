import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordLookup } from './decide-fetch.ts';
import type { FetchOutcome } from './decide-policy.ts';
import { decidePolicy } from './decide-policy.ts';
import { formatStsPolicy } from './format-sts-policy.ts';
import { parseStsPolicy } from './parse-sts-policy.ts';
import type { CachedPolicy } from './policy-lifetime.ts';
import type { StsMode, StsPolicy } from './sts-policy.ts';
import { selectStsRecord } from './sts-record-set.ts';

const nowMs = 1_700_000_000_000;
const found = selectStsRecord(['v=STSv1; id=2;']);
const unavailable = { kind: 'unavailable' } as const;
const none = selectStsRecord([]);
const multiple = selectStsRecord(['v=STSv1; id=1;', 'v=STSv1; id=2;']);
const invalid = selectStsRecord(['v=STSv1; id=bad_id;']);
const failed = { kind: 'failed', resultType: 'sts-webpki-invalid' } as const;
const notAttempted = { kind: 'not-attempted' } as const;
const heldBack = { kind: 'held-back' } as const;

function policyOf(mode: StsMode, maxAgeSeconds = 86_400): StsPolicy {
  const parsed = parseStsPolicy(formatStsPolicy({ mode, maxAgeSeconds, mx: ['mx.example.test'] }));
  if (!parsed.ok) throw new Error(mode);
  return parsed.value;
}

function keptSince(ageSeconds: number, mode: StsMode = 'enforce'): CachedPolicy {
  return { id: '1', policy: policyOf(mode), fetchedAtMs: nowMs - ageSeconds * 1000 };
}

/** What can go wrong while the live policy is looked for. */
const failures = [
  ['STS-3.1-16', 'no record', none, notAttempted, 'no-record'],
  ['STS-3.1-16', 'several records', multiple, notAttempted, 'multiple-records'],
  ['STS-3.1-16', 'an invalid record', invalid, notAttempted, 'record-invalid'],
  ['STS-3.3-18', 'a failed fetch', found, failed, 'fetch-failed'],
  ['STS-3.3-18', 'a fetch held back', found, heldBack, 'held-back'],
] as const;

describe('decidePolicy (RFC 8461 §3.3, §5.1)', () => {
  it('STS-5.1-1: the fetched policy is in force, under the id of the record', () => {
    const policy = policyOf('testing');
    expect(decidePolicy({ record: found, fetched: { kind: 'policy', policy }, nowMs })).toEqual({
      kind: 'policy',
      policy,
      id: '2',
      fetchedAtMs: nowMs,
      expiresAtMs: nowMs + 86_400_000,
      from: 'fetch',
    });
  });

  it.each(failures)(
    '%s: with %s an unexpired kept policy stays in force',
    (_clause, _what, record, fetched, because) => {
      expect(decidePolicy({ cached: keptSince(10), record, fetched, nowMs })).toMatchObject({
        kind: 'policy',
        from: 'cache',
        id: '1',
        fetchedAtMs: nowMs - 10_000,
        failure: { because },
      });
    },
  );

  it('STS-3.3-18: the DNS failing, an unexpired kept policy stays in force', () => {
    const decision = decidePolicy({
      cached: keptSince(10),
      record: unavailable,
      fetched: notAttempted,
      nowMs,
    });
    expect(decision).toMatchObject({
      kind: 'policy',
      from: 'cache',
      failure: { because: 'dns-unavailable' },
    });
  });

  it.each(failures)(
    'STS-3.3-17: with %s (%s) and nothing kept there is no policy',
    (_clause, _what, record, fetched, because) => {
      expect(decidePolicy({ record, fetched, nowMs })).toMatchObject({
        kind: 'no-policy',
        because,
      });
    },
  );

  it.each(failures)(
    'STS-3.2-12: an expired policy is no policy, %s',
    (_clause, _what, record, fetched, because) => {
      expect(decidePolicy({ cached: keptSince(86_400), record, fetched, nowMs })).toMatchObject({
        kind: 'no-policy',
        because,
      });
    },
  );

  it('the DNS failing and nothing kept, nobody knows', () => {
    const uncertain = { kind: 'uncertain', because: 'dns-unavailable' };
    expect(decidePolicy({ record: unavailable, fetched: notAttempted, nowMs })).toEqual(uncertain);
    expect(
      decidePolicy({
        cached: keptSince(86_400),
        record: unavailable,
        fetched: notAttempted,
        nowMs,
      }),
    ).toEqual(uncertain);
  });

  it('STS-5.1-1: a fetch in the background leaves the first delivery without a policy', () => {
    expect(decidePolicy({ record: found, fetched: notAttempted, nowMs })).toEqual({
      kind: 'no-policy',
      because: 'not-fetched',
    });
  });

  it('STS-3.2-12: an unchanged id moves neither fetch time nor end', () => {
    const cached = { ...keptSince(80_000), id: '2' };
    const decision = decidePolicy({ cached, record: found, fetched: notAttempted, nowMs });
    expect(decision).toMatchObject({
      from: 'cache',
      fetchedAtMs: cached.fetchedAtMs,
      expiresAtMs: cached.fetchedAtMs + 86_400_000,
    });
    expect(decision).not.toHaveProperty('failure');
  });

  it('STS-8.3-2: a fetched none ends enforcement at once', () => {
    const fetched = { kind: 'policy', policy: policyOf('none') } as const;
    expect(decidePolicy({ cached: keptSince(10), record: found, fetched, nowMs })).toMatchObject({
      policy: { mode: 'none' },
      from: 'fetch',
    });
  });

  it('STS-10.3-1: a new id and a new policy replace a hostile one of long life', () => {
    const cached = { id: '1', policy: policyOf('enforce', 31_557_600), fetchedAtMs: nowMs - 1000 };
    const fetched = { kind: 'policy', policy: policyOf('testing') } as const;
    expect(decidePolicy({ cached, record: found, fetched, nowMs })).toMatchObject({
      id: '2',
      policy: { mode: 'testing' },
    });
  });

  it('STS-10.2-2: a refetch without a record renews a kept policy, but founds none', () => {
    const fetched = { kind: 'policy', policy: policyOf('enforce') } as const;
    expect(decidePolicy({ cached: keptSince(10), record: none, fetched, nowMs })).toMatchObject({
      from: 'fetch',
      id: '1',
      fetchedAtMs: nowMs,
    });
    expect(decidePolicy({ cached: keptSince(86_400), record: none, fetched, nowMs })).toMatchObject(
      { kind: 'no-policy' },
    );
    expect(decidePolicy({ record: multiple, fetched, nowMs })).toMatchObject({ kind: 'no-policy' });
  });

  it('STS-3.2-9: a max_age of zero holds for this delivery', () => {
    const fetched = { kind: 'policy', policy: policyOf('enforce', 0) } as const;
    expect(decidePolicy({ record: found, fetched, nowMs })).toMatchObject({
      kind: 'policy',
      expiresAtMs: nowMs,
    });
  });
});

describe('what is reportable (RFC 8461 §6)', () => {
  it('STS-6-1: a failed fetch while a valid record exists, under its result type', () => {
    const failure = {
      because: 'fetch-failed',
      resultType: 'sts-webpki-invalid',
      isReportable: true,
    };
    expect(decidePolicy({ record: found, fetched: failed, nowMs })).toMatchObject({ failure });
    expect(decidePolicy({ record: none, fetched: notAttempted, nowMs })).toMatchObject({
      failure: { isReportable: false },
    });
  });

  it.each([
    ['enforce', true],
    ['testing', true],
    ['none', false],
  ] as const)('STS-6-2: any failure while a %s policy is kept: %s', (mode, isReportable) => {
    for (const [, , record, fetched] of failures) {
      expect(decidePolicy({ cached: keptSince(10, mode), record, fetched, nowMs })).toMatchObject({
        failure: { isReportable },
      });
    }
  });
});

describe('decidePolicy, for any input', () => {
  it('STS-3.3-18: never lets go of an unexpired policy but for a fetched one', () => {
    const record = fc.constantFrom<RecordLookup>(found, unavailable, none, multiple, invalid);
    const fetched = fc.constantFrom<FetchOutcome>(failed, heldBack, notAttempted);
    fc.assert(
      fc.property(record, fetched, fc.nat(86_399), (lookup, outcome, ageSeconds) => {
        const cached = keptSince(ageSeconds);
        expect(decidePolicy({ cached, record: lookup, fetched: outcome, nowMs })).toMatchObject({
          kind: 'policy',
          ...cached,
        });
      }),
    );
  });
});
