import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Domain } from '@sekisho/spec';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createMemoryPolicyStore,
  openSqlitePolicyStore,
  type PolicyStore,
  type StoredPolicy,
} from './index.ts';

const DAY = 86_400_000;
const A = 'a.example' as Domain;
const B = 'b.example' as Domain;
const C = 'c.example' as Domain;

const LIMITS = { perDomain: 3, total: 5 };

/** Whatever keeps a store passes these tests: a further engine is a further line. */
const ENGINES: readonly [name: string, open: (directory: string) => Promise<PolicyStore>][] = [
  ['memory', async () => createMemoryPolicyStore({ historyLimits: LIMITS })],
  ['SQLite', (directory) => openSqlitePolicyStore({ directory, historyLimits: LIMITS })],
];

function policy(policyDomain: Domain, changes: Partial<StoredPolicy> = {}): StoredPolicy {
  return {
    policyDomain,
    id: '1',
    body: 'version: STSv1\r\nmode: enforce\r\nmx: mx.example\r\nmax_age: 86400\r\n',
    fetchedAtMs: 1_000,
    expiresAtMs: 1_000 + DAY,
    refreshAtMs: 1_000 + DAY / 2,
    ...changes,
  };
}

async function ids(entries: Promise<readonly StoredPolicy[]>): Promise<readonly string[]> {
  return (await entries).map(({ id }) => id);
}

async function names(
  rows: Promise<readonly { readonly policyDomain: Domain }[]>,
): Promise<readonly Domain[]> {
  return (await rows).map(({ policyDomain }) => policyDomain);
}

const cache = mkdtempSync(join(tmpdir(), 'sekisho-cache-'));
beforeAll(() => {
  // Each store starts a thread that strips the same types: once is enough.
  process.env['NODE_COMPILE_CACHE'] ??= cache;
});
afterAll(() => rmSync(cache, { recursive: true }));

describe.each(ENGINES)('PolicyStore in %s', (_engine, openStore) => {
  let directory = '';
  let store: PolicyStore;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sekisho-store-'));
    store = await openStore(directory);
  });

  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  it('knows nothing at first', async () => {
    expect(await store.get(A)).toBeUndefined();
    expect(await store.list()).toEqual([]);
    expect(await store.history(A)).toEqual([]);
    expect(await store.count()).toBe(0);
    expect(await store.oldestFetchMs(0)).toBeUndefined();
    expect(await store.remove(A, 'purged', 1)).toBe(false);
  });

  describe('putPolicy', () => {
    it.each([
      ['the least', policy(A)],
      ['everything', policy(A, { fetchedFrom: '2001:db8::1', certificateNotAfterMs: 7 * DAY })],
      [
        'text that is no policy',
        policy(A, { body: '\u0000\uFEFF\uFFFD\'"; DROP TABLE policies\n' }),
      ],
      ['an empty text', policy(A, { body: '' })],
      ['the largest text (RFC 8461 §3.3)', policy(A, { body: 'x'.repeat(65_536) })],
    ])('keeps %s as it was given', async (_what, given) => {
      await store.putPolicy(given);
      expect(await store.get(A)).toEqual({ policyDomain: A, policy: given });
    });

    it('replaces the former policy whole', async () => {
      await store.putPolicy(policy(A, { fetchedFrom: '192.0.2.1', certificateNotAfterMs: 5 }));
      await store.putPolicy(policy(A, { id: '2' }));
      expect((await store.get(A))?.policy).toEqual(policy(A, { id: '2' }));
    });

    it('clears the failure and leaves the rest of the state', async () => {
      const failure = { id: '1', atMs: 5, code: 'http-status', count: 2 };
      await store.putState({ policyDomain: A, checkedAtMs: 6, usedAtMs: 7, failure });
      await store.putPolicy(policy(A));
      expect(await store.get(A)).toEqual({
        policyDomain: A,
        checkedAtMs: 6,
        usedAtMs: 7,
        policy: policy(A),
      });
    });
  });

  describe('history', () => {
    it('grows one span while id and text stay the same', async () => {
      await store.putPolicy(policy(A));
      const again = policy(A, {
        fetchedAtMs: 2_000,
        expiresAtMs: 2_000 + DAY,
        fetchedFrom: '192.0.2.2',
      });
      await store.putPolicy(again);
      expect(await store.history(A)).toEqual([
        { ...again, fetchedAtMs: 1_000, lastFetchedAtMs: 2_000 },
      ]);
      expect((await store.get(A))?.policy?.fetchedAtMs).toBe(2_000);
    });

    it.each([
      ['new-id', { id: '2' }],
      ['new-id', { id: '2', body: 'other' }],
      ['body-changed', { body: 'other' }],
    ] as const)('says %s for a change of %j', async (replacedBecause, change) => {
      await store.putPolicy(policy(A));
      const next = policy(A, { ...change, fetchedAtMs: 3_000 });
      await store.putPolicy(next);
      expect(await store.history(A)).toEqual([
        { ...next, lastFetchedAtMs: 3_000 },
        { ...policy(A), lastFetchedAtMs: 1_000, replacedAtMs: 3_000, replacedBecause },
      ]);
    });

    it('keeps what is removed, with the reason', async () => {
      await store.putPolicy(policy(A));
      expect(await store.remove(A, 'purged', 4_000)).toBe(true);
      expect(await store.get(A)).toBeUndefined();
      await store.putPolicy(policy(A, { fetchedAtMs: 5_000 }));
      expect(await store.history(A)).toEqual([
        { ...policy(A, { fetchedAtMs: 5_000 }), lastFetchedAtMs: 5_000 },
        {
          ...policy(A),
          lastFetchedAtMs: 1_000,
          replacedAtMs: 4_000,
          replacedBecause: 'purged',
        },
      ]);
    });

    it('keeps the newest of a domain that changes all the time', async () => {
      for (const id of ['1', '2', '3', '4', '5', '6']) {
        await store.putPolicy(policy(A, { id }));
      }
      expect(await ids(store.history(A))).toEqual(['6', '5', '4', '3']);
    });

    it('is bounded over all domains at a sweep, the oldest replacement going first', async () => {
      for (const domain of [A, B, C]) {
        for (const id of ['1', '2', '3']) {
          await store.putPolicy(policy(domain, { id }));
        }
      }
      await store.sweep(0);
      expect(await ids(store.history(A))).toEqual(['3', '2']);
      expect(await ids(store.history(C))).toEqual(['3', '2', '1']);
    });
  });

  describe('putState', () => {
    it('keeps a domain without a policy', async () => {
      const failure = { id: 'x', atMs: 1, code: 'tls-expired', count: 1 };
      await store.putState({ policyDomain: A, failure });
      expect(await store.get(A)).toEqual({ policyDomain: A, failure });
      expect(await store.count()).toBe(0);
    });

    it('merges, and clears the failure only when told', async () => {
      const failure = { id: 'x', atMs: 1, code: 'tls-expired', count: 1 };
      const given = policy(A);
      await store.putPolicy(given);
      await store.putState({ policyDomain: A, checkedAtMs: 1, failure });
      await store.putState({ policyDomain: A, usedAtMs: 2 });
      const state = { policyDomain: A, policy: given, checkedAtMs: 1, usedAtMs: 2 };
      expect(await store.get(A)).toEqual({ ...state, failure });
      await store.putState({ policyDomain: A, checkedAtMs: 3, failure: null });
      expect(await store.get(A)).toEqual({ ...state, checkedAtMs: 3 });
    });

    it('keeps nothing of a domain with neither policy nor failure', async () => {
      const failure = { id: 'x', atMs: 1, code: 'tls-expired', count: 1 };
      await store.putState({ policyDomain: A, usedAtMs: 1, checkedAtMs: 1 });
      expect(await store.get(A)).toBeUndefined();
      await store.putState({ policyDomain: A, usedAtMs: 1, failure });
      await store.putState({ policyDomain: A, usedAtMs: 1, failure: null });
      expect(await store.get(A)).toBeUndefined();
    });

    it("moves a policy's next fetch, and nothing without a policy", async () => {
      await store.putPolicy(policy(A));
      await store.putState({ policyDomain: A, refreshAtMs: 77 });
      await store.putState({ policyDomain: B, refreshAtMs: 77 });
      expect((await store.get(A))?.policy).toEqual(policy(A, { refreshAtMs: 77 }));
      expect(await store.get(B)).toBeUndefined();
    });
  });

  describe('list', () => {
    it('goes through the domains in order of name, page by page', async () => {
      await store.putPolicy(policy(C));
      await store.putState({ policyDomain: A, failure: { id: '', atMs: 1, code: 'x', count: 1 } });
      await store.putPolicy(policy(B));
      expect(await names(store.list())).toEqual([A, B, C]);
      expect(await names(store.list({ limit: 2 }))).toEqual([A, B]);
      expect(await names(store.list({ after: B, limit: 2 }))).toEqual([C]);
      expect(await names(store.list({ after: C }))).toEqual([]);
    });

    it('shortens a page of large texts, and never to nothing', async () => {
      const body = 'x'.repeat(3 * 1024 * 1024);
      await store.putPolicy(policy(A, { body }));
      await store.putPolicy(policy(B, { body }));
      expect(await names(store.list())).toEqual([A]);
      expect(await names(store.list({ after: A }))).toEqual([B]);
    });
  });

  it('listPolicyDomains gives the names of those with a policy, page by page', async () => {
    await store.putPolicy(policy(C));
    await store.putState({ policyDomain: B, failure: { id: '', atMs: 1, code: 'x', count: 1 } });
    await store.putPolicy(policy(A));
    expect(await store.listPolicyDomains()).toEqual([A, C]);
    expect(await store.listPolicyDomains({ limit: 1 })).toEqual([A]);
    expect(await store.listPolicyDomains({ after: A })).toEqual([C]);
    expect(await store.listPolicyDomains({ after: C })).toEqual([]);
  });

  it('listDue says of a policy what is read of it, and no text', async () => {
    await store.putPolicy(policy(A, { refreshAtMs: 10 }));
    await store.putPolicy(policy(B, { refreshAtMs: 20 }));
    await store.putState({ policyDomain: B, usedAtMs: 7 });
    const times = { fetchedAtMs: 1_000, expiresAtMs: 1_000 + DAY };
    expect(await store.listDue(30, 10)).toEqual([
      { policyDomain: A, ...times },
      { policyDomain: B, ...times, usedAtMs: 7 },
    ]);
  });

  it('listDue gives the longest due first, up to the limit', async () => {
    await store.putPolicy(policy(A, { refreshAtMs: 30 }));
    await store.putPolicy(policy(B, { refreshAtMs: 10 }));
    await store.putPolicy(policy(C, { refreshAtMs: 20 }));
    await store.putState({
      policyDomain: 'd.example' as Domain,
      failure: { id: '', atMs: 1, code: 'x', count: 1 },
    });
    expect(await names(store.listDue(29, 10))).toEqual([B, C]);
    expect(await names(store.listDue(30, 10))).toEqual([B, C, A]);
    expect(await names(store.listDue(30, 1))).toEqual([B]);
    expect(await names(store.listDue(9, 10))).toEqual([]);
  });

  it('count and oldestFetchMs speak of policies, the latter of unexpired ones', async () => {
    await store.putPolicy(policy(A, { fetchedAtMs: 10, expiresAtMs: 100 }));
    await store.putPolicy(policy(B, { fetchedAtMs: 20, expiresAtMs: 200 }));
    expect(await store.count()).toBe(2);
    expect(await store.oldestFetchMs(99)).toBe(10);
    expect(await store.oldestFetchMs(100)).toBe(20);
    expect(await store.oldestFetchMs(200)).toBeUndefined();
  });

  it('sweep moves the expired into history and drops stale failures', async () => {
    const failure = { id: 'x', atMs: 1_000, code: 'timeout', count: 1 };
    await store.putPolicy(policy(B, { expiresAtMs: 5_000 }));
    await store.putPolicy(policy(A, { expiresAtMs: 5_000 }));
    await store.putPolicy(policy(C, { expiresAtMs: 5_001 }));
    await store.putState({ policyDomain: A, failure });
    await store.putState({ policyDomain: 'd.example' as Domain, failure });
    expect(await store.sweep(5_000)).toEqual([A, B]);
    expect(await names(store.list())).toEqual([A, C, 'd.example']);
    expect(await store.history(B)).toMatchObject([
      { replacedAtMs: 5_000, replacedBecause: 'expired' },
    ]);
    expect(await store.sweep(5_000)).toEqual([]);
    expect(await store.sweep(1_000 + DAY)).toEqual([C]);
    expect(await store.list()).toEqual([]);
  });

  it('sweep takes a thousand at most, the longest expired first', async () => {
    const many = Array.from({ length: 1_001 }, (_, number) => number);
    await Promise.all(
      many.map((number) =>
        store.putPolicy(policy(`d${number}.example` as Domain, { expiresAtMs: 5_000 - number })),
      ),
    );
    expect(await store.sweep(5_000)).toHaveLength(1_000);
    expect(await names(store.list())).toEqual(['d0.example']);
    expect(await store.sweep(5_000)).toEqual(['d0.example']);
  });

  it('removeAll leaves only history', async () => {
    await store.putPolicy(policy(A));
    await store.putPolicy(policy(B));
    await store.putState({
      policyDomain: C,
      failure: { id: '', atMs: 1, code: 'x', count: 1 },
    });
    expect(await store.removeAll(9_000)).toBe(2);
    expect(await store.list()).toEqual([]);
    expect(await store.history(A)).toMatchObject([
      { replacedAtMs: 9_000, replacedBecause: 'purged' },
    ]);
  });

  it('carries calls out in the order in which they were made', async () => {
    const done = await Promise.all([
      store.get(A),
      store.putPolicy(policy(A)),
      store.get(A),
      store.remove(A, 'purged', 2_000),
      store.get(A),
    ]);
    expect(done).toEqual([
      undefined,
      undefined,
      { policyDomain: A, policy: policy(A) },
      true,
      undefined,
    ]);
  });

  it('refuses calls once closed, after it has finished those before', async () => {
    const written = store.putPolicy(policy(A));
    await Promise.all([store.close(), store.close()]);
    await expect(written).resolves.toBeUndefined();
    await expect(store.get(A)).rejects.toMatchObject({ name: 'IoError', code: 'store-closed' });
  });
});
