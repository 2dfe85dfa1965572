import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MessageChannel } from 'node:worker_threads';
import type { Domain } from '@sekisho/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Caller } from '../../io/thread/index.ts';
import { serveSqlitePolicyStore, type StoredPolicy } from './index.ts';
import { MIGRATIONS } from './migrations.ts';
import type { PolicyCall } from './policy-calls.ts';
import type { PolicyStoreWork } from './sqlite-policy-store.ts';

const A = 'a.example' as Domain;
const B = 'b.example' as Domain;
const policyOf = (policyDomain: Domain): StoredPolicy => ({
  policyDomain,
  id: '1',
  body: 'version: STSv1\n',
  fetchedAtMs: 1,
  expiresAtMs: 3,
  refreshAtMs: 2,
});

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sekisho-store-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** The serving side, and who calls it from outside. */
function serve(file = join(directory, 'policies.sqlite3')) {
  const { port1, port2: port } = new MessageChannel();
  const historyLimits = { perDomain: 3, total: 5 };
  const store = serveSqlitePolicyStore({ port, file, readOnly: false, historyLimits });
  return { store, caller: new Caller<PolicyStoreWork>(port1) };
}

const put = (policyDomain: Domain): PolicyCall => ({
  method: 'putPolicy',
  args: [policyOf(policyDomain)],
});

describe('serveSqlitePolicyStore', () => {
  it('serves its parent and its own thread from one file, each with its own answers', async () => {
    const { store, caller } = serve();
    expect(await caller.call('open')).toBeUndefined();
    await store.putPolicy(policyOf(A));
    expect(await caller.call(put(B))).toBeUndefined();
    expect(await store.get(B)).toMatchObject({ policy: { policyDomain: B } });
    expect(await store.count()).toBe(2);
    await caller.call('close');
    caller.close();
  });

  it('carries out the calls of both in the order in which they come', async () => {
    const { store, caller } = serve();
    await caller.call('open');
    const written = [store.putPolicy(policyOf(A)), caller.call(put(B))];
    const read = caller.call({ method: 'count', args: [] });
    expect(await Promise.all([...written, read])).toEqual([undefined, undefined, 2]);
    await caller.call('close');
    caller.close();
  });

  it('commits what its own thread has begun when its parent closes', async () => {
    const { store, caller } = serve();
    await store.count();
    const written = store.putPolicy(policyOf(A));
    await Promise.all([written, caller.call('close')]);
    caller.close();
    const again = serve();
    expect(await again.store.count()).toBe(1);
    await again.caller.call('close');
    again.caller.close();
  });

  it('rejects what cannot be written, and only that, to either side', async () => {
    const { store, caller } = serve();
    const bad = { ...policyOf(A), fetchedAtMs: Number.NaN };
    const failed = { name: 'IoError', code: 'store-failed' };
    await Promise.all([
      expect(store.putPolicy(bad)).rejects.toMatchObject(failed),
      expect(caller.call({ method: 'putPolicy', args: [bad] })).rejects.toMatchObject(failed),
      store.putPolicy(policyOf(B)),
    ]);
    await caller.call('close');
    caller.close();
  });

  it('says why the file cannot be opened, to both', async () => {
    const { store, caller } = serve(directory);
    const noFile = { name: 'IoError', code: 'store-corrupt' };
    await expect(store.count()).rejects.toMatchObject(noFile);
    await expect(caller.call('open')).rejects.toMatchObject(noFile);
    await expect(caller.call(put(A))).rejects.toMatchObject(noFile);
    caller.close();
  });
});

describe('the indexes of the policy store', () => {
  it.each([
    [
      'SELECT domain FROM policies WHERE refresh_at_ms <= 1 ORDER BY refresh_at_ms, domain',
      'policies_by_refresh',
    ],
    [
      'SELECT fetched_at_ms FROM policies WHERE expires_at_ms > 1 ORDER BY fetched_at_ms',
      'policies_by_fetch',
    ],
    ['SELECT domain FROM policies WHERE expires_at_ms <= 1', 'policies_by_fetch'],
  ])('%s is answered by the index alone', (query, index) => {
    const database = new DatabaseSync(':memory:');
    for (const step of MIGRATIONS) database.exec(step);
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${query}`).all();
    expect(plan.map(({ detail }) => detail)).toEqual([
      expect.stringContaining(`COVERING INDEX ${index}`),
    ]);
    database.close();
  });
});
