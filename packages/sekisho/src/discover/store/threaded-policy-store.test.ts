import { MessageChannel, Worker } from 'node:worker_threads';
import type { Domain } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import type { IoError } from '../../io/error.ts';
import type { PolicyCall } from './policy-calls.ts';
import { StoreThread } from './threaded-policy-store.ts';

const COUNT: PolicyCall = { method: 'count', args: [] };

/** A thread that answers what `answer` says to each batch of calls. */
function threadOf(source: string): StoreThread {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(`const { workerData: port } = require('worker_threads'); ${source}`, {
    eval: true,
    workerData: port2,
    transferList: [port2],
  });
  return new StoreThread(worker, port1, '/state/policies.sqlite3');
}

/** Opens, and then does something else. */
const openThen = (more: string): string => `port.on('message', (batch) => {
  if (batch[0].request === 'open') return port.postMessage([{ seq: batch[0].seq, answer: undefined }]);
  ${more}
});`;

describe('StoreThread', () => {
  it('sends the calls of one turn in one message', async () => {
    const thread = threadOf(
      openThen('port.postMessage(batch.map(({ seq }) => ({ seq, answer: batch.length })));'),
    );
    await thread.open();
    expect(await Promise.all([thread.call(COUNT), thread.call(COUNT)])).toEqual([2, 2]);
    await thread.close();
  });

  it('has no more than 256 calls under way', async () => {
    const thread = threadOf(`let most = 0; let waiting = [];
      port.on('message', (batch) => {
        waiting.push(...batch);
        most = Math.max(most, waiting.length);
        setTimeout(() => port.postMessage(waiting.splice(0).map(({ seq }) => ({ seq, answer: most }))), 5);
      });`);
    await thread.open();
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => thread.call(COUNT)));
    expect(answers).toHaveLength(1_000);
    expect(Math.max(...(answers as number[]))).toBe(256);
    await thread.close();
  });

  it.each([
    ['throws', `throw new Error('boom')`, 'its thread died: Error: boom'],
    ['ends', 'process.exit()', 'its thread ended'],
  ])(
    'rejects what is pending and all that follows when the thread %s',
    async (_how, death, why) => {
      const told: IoError[] = [];
      const thread = threadOf(openThen(death));
      await thread.open((error) => void told.push(error));
      const message = `Cannot use policy store "/state/policies.sqlite3": ${why}; restart sekisho`;
      const failed = { name: 'IoError', code: 'store-failed', temporary: false, message };
      const pending = [
        thread.call(COUNT),
        thread.call({ method: 'get', args: ['a.example' as Domain] }),
      ];
      await Promise.all(pending.map((call) => expect(call).rejects.toMatchObject(failed)));
      await expect(thread.call(COUNT)).rejects.toMatchObject(failed);
      await thread.close();
      expect(told).toMatchObject([failed]);
    },
  );

  it('does not open when the thread dies before', async () => {
    const told: IoError[] = [];
    const thread = threadOf(`throw new Error('no such module')`);
    await expect(thread.open((error) => void told.push(error))).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining('no such module'),
    });
    expect(told).toEqual([]);
  });
});
