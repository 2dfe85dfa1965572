import { Worker } from 'node:worker_threads';
import type { Domain } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import type { IoError } from '../../io/error.ts';
import { SqliteWorkerClient } from './sqlite-worker-client.ts';
import type { StoreCall } from './sync-policy-store.ts';

const COUNT: StoreCall = { method: 'count', args: [] };

function clientOf(source: string, onError?: (error: IoError) => void): SqliteWorkerClient {
  const worker = new Worker(`const { parentPort: port } = require('worker_threads'); ${source}`, {
    eval: true,
  });
  return new SqliteWorkerClient(worker, '/state/policies.sqlite3', onError);
}

describe('SqliteWorkerClient', () => {
  it('sends the calls of one turn in one message', async () => {
    const client = clientOf(`
      port.postMessage({ kind: 'open' });
      port.on('message', (requests) => {
        if (requests === 'close') return port.close();
        port.postMessage({ kind: 'replies', replies: requests.map(({ seq }) => ({ seq, value: requests.length })) });
      });`);
    await client.opened;
    expect(await Promise.all([client.call(COUNT), client.call(COUNT)])).toEqual([2, 2]);
    await client.close();
  });

  it.each([
    ['throws', `throw new Error('boom')`],
    ['ends', 'process.exit()'],
  ])('rejects what is pending and all that follows when the thread %s', async (_how, death) => {
    const told: IoError[] = [];
    const client = clientOf(
      `port.postMessage({ kind: 'open' }); port.on('message', () => { ${death} });`,
      (error) => told.push(error),
    );
    await client.opened;
    const failed = { name: 'IoError', code: 'store-failed', temporary: false };
    const pending = [
      client.call(COUNT),
      client.call({ method: 'get', args: ['a.example' as Domain] }),
    ];
    for (const call of pending) {
      await expect(call).rejects.toMatchObject(failed);
    }
    await expect(client.call(COUNT)).rejects.toMatchObject(failed);
    await client.close();
    expect(told).toMatchObject([failed]);
  });

  it('does not open when the thread dies before', async () => {
    const told: IoError[] = [];
    const client = clientOf(`throw new Error('no such module')`, (error) => told.push(error));
    await expect(client.opened).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('no such module'),
    });
    expect(told).toEqual([]);
  });
});
