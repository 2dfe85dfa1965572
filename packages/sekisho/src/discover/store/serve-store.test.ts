import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import type { Domain } from '@sekisho/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveSqlitePolicyStore, type StoredPolicy } from './index.ts';
import type { StoreRequest } from './sqlite-batch.ts';
import type { FromWorker, ToWorker } from './sqlite-worker-protocol.ts';

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

/** The serving side, and its parent's port. */
function serve(file = join(directory, 'policies.sqlite3')) {
  const { port1, port2 } = new MessageChannel();
  const historyLimits = { perDomain: 3, total: 5 };
  const store = serveSqlitePolicyStore(port2, { file, readOnly: false, historyLimits });
  const messages: FromWorker[] = [];
  const closed = new Promise((resolve) => port1.on('close', resolve));
  port1.on('message', (message: FromWorker) => messages.push(message));
  const send = (message: ToWorker): void => port1.postMessage(message);
  return { store, messages, closed, send, close: () => port1.close() };
}

const put = (seq: number, policyDomain: Domain): StoreRequest => ({
  seq,
  call: { method: 'putPolicy', args: [policyOf(policyDomain)] },
});

describe('serveSqlitePolicyStore', () => {
  it('serves its parent and its own thread from one file, each with its own answers', async () => {
    const { store, messages, send, closed } = serve();
    await store.putPolicy(policyOf(A));
    send([put(1, B)]);
    await expect.poll(() => messages.at(-1)).toMatchObject({ kind: 'replies' });
    expect(messages).toEqual([
      { kind: 'open' },
      { kind: 'replies', replies: [{ seq: 1, value: undefined }] },
    ]);
    expect(await store.get(B)).toMatchObject({ policy: { policyDomain: B } });
    expect(await store.count()).toBe(2);
    send('close');
    await closed;
  });

  it('commits what its own thread has begun when its parent closes', async () => {
    const { store, send, closed } = serve();
    await store.count();
    const written = store.putPolicy(policyOf(A));
    send('close');
    await Promise.all([written, closed]);
    const again = serve();
    expect(await again.store.count()).toBe(1);
    again.send('close');
    await again.closed;
  });

  it('rejects what cannot be written, and only that', async () => {
    const { store, send, closed } = serve();
    const bad = store.putPolicy({ ...policyOf(A), fetchedAtMs: Number.NaN });
    const good = store.putPolicy(policyOf(B));
    await expect(bad).rejects.toMatchObject({ name: 'IoError', code: 'store-failed' });
    await good;
    send('close');
    await closed;
  });

  it('says why the file cannot be opened, to both', async () => {
    const { store, messages, close } = serve(directory);
    await expect(store.count()).rejects.toMatchObject({ code: 'store-unwritable' });
    await expect.poll(() => messages).toMatchObject([{ kind: 'not-open' }]);
    close();
  });
});
