import { once } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { IoError } from '../error.ts';
import { Caller, serveCalls, type Work } from './index.ts';

interface Texts extends Work {
  readonly request: string;
  readonly answer: string;
  readonly notice: string;
}

const open: Caller<Texts>[] = [];
afterEach(() => {
  for (const caller of open.splice(0)) caller.close();
});

function callerOf(port: MessagePort, onNotice?: (notice: string) => void): Caller<Texts> {
  const caller = new Caller<Texts>(port, onNotice && { onNotice });
  open.push(caller);
  return caller;
}

describe('calls to a thread', () => {
  it('are answered each for itself, in whatever order they end', async () => {
    const { port1, port2 } = new MessageChannel();
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    const ended: string[] = [];
    serveCalls<Texts>(port2, async (text) => {
      if (text === 'late') await gate;
      return text.toUpperCase();
    });
    const caller = callerOf(port1);
    const late = caller.call('late').finally(() => ended.push('late'));
    expect(await caller.call('soon')).toBe('SOON');
    expect(ended).toEqual([]);
    release();
    expect(await late).toBe('LATE');
  });

  it('of one turn go in one message, and so do the answers', async () => {
    const { port1, port2 } = new MessageChannel();
    const caller = callerOf(port1);
    const answers = [caller.call('a'), caller.call('b')];
    const [sent] = await once(port2, 'message');
    expect(sent).toEqual([
      { seq: 1, request: 'a' },
      { seq: 2, request: 'b' },
    ]);
    port2.postMessage([
      { seq: 2, answer: 'B' },
      { seq: 1, answer: 'A' },
    ]);
    expect(await Promise.all(answers)).toEqual(['A', 'B']);
  });

  it('that throw reject with what was thrown', async () => {
    const { port1, port2 } = new MessageChannel();
    serveCalls<Texts>(port2, () => {
      throw new TypeError('no such work');
    });
    await expect(callerOf(port1).call('x')).rejects.toMatchObject({
      name: 'IoError',
      code: 'thread-failed',
      message: 'Cannot finish work in its thread: TypeError: no such work',
    });
  });

  it('that throw an IoError reject with it, code and all', async () => {
    const { port1, port2 } = new MessageChannel();
    const thrown = new IoError('store-failed', 'Cannot write', { temporary: true });
    serveCalls<Texts>(port2, () => Promise.reject(thrown));
    const { code, message, temporary } = thrown;
    await expect(callerOf(port1).call('x')).rejects.toMatchObject({ code, message, temporary });
  });

  it('beyond the limit wait on this side, and go in order as others are answered', async () => {
    const { port1, port2 } = new MessageChannel();
    const caller = new Caller<Texts>(port1, { mostUnderWay: 2 });
    open.push(caller);
    const controller = new AbortController();
    const signals: boolean[] = [];
    const batches: number[] = [];
    port2.on('message', (batch: readonly unknown[]) => batches.push(batch.length));
    serveCalls<Texts>(port2, async (text, signal) => {
      await new Promise((resolve) => setImmediate(resolve));
      signals.push(signal.aborted);
      return text;
    });
    const answers = ['a', 'b', 'c', 'd', 'e'].map((text) => caller.call(text, controller.signal));
    controller.abort();
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(signals).toEqual([true, true, true, true, true]);
    // Each call comes with the wish to break it off.
    expect(Math.max(...batches)).toBe(4);
  });

  it.each([
    ['while it is done', false],
    ['before it is sent', true],
  ])('hear of a signal that is aborted %s, and are still answered', async (_when, before) => {
    const { port1, port2 } = new MessageChannel();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    serveCalls<Texts>(port2, async (_request, signal) => {
      begin();
      if (!signal.aborted) await once(signal, 'abort');
      return 'broken off';
    });
    const controller = new AbortController();
    if (before) controller.abort();
    const answer = callerOf(port1).call('x', controller.signal);
    await begun;
    controller.abort();
    expect(await answer).toBe('broken off');
  });

  it('bring what the thread says unasked, before a later answer', async () => {
    const { port1, port2 } = new MessageChannel();
    const heard: string[] = [];
    const served = serveCalls<Texts>(port2, () => {
      served.notify('nearly');
      return 'done';
    });
    const caller = callerOf(port1, (notice) => void heard.push(notice));
    await caller.call('x');
    expect(heard).toEqual(['nearly']);
  });

  it.each([
    ['ends', 'process.exit()'],
    ['dies', `throw new Error('boom')`],
  ])('reject, pending and later, when the thread %s', async (_how, death) => {
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(
      `const { workerData } = require('worker_threads'); workerData.on('message', () => { ${death} });`,
      { eval: true, workerData: port2, transferList: [port2] },
    );
    worker.on('error', () => undefined);
    const caller = callerOf(port1);
    const gone = { code: 'thread-ended', temporary: true };
    await Promise.all([
      expect(caller.call('x')).rejects.toMatchObject(gone),
      expect(caller.call('y')).rejects.toMatchObject(gone),
    ]);
    await expect(caller.call('z')).rejects.toMatchObject(gone);
  });

  it('reject when the caller is closed', async () => {
    const { port1, port2 } = new MessageChannel();
    serveCalls<Texts>(port2, () => new Promise(() => undefined));
    const caller = new Caller<Texts>(port1);
    const pending = caller.call('x');
    caller.close();
    await expect(pending).rejects.toMatchObject({ code: 'thread-ended' });
    await expect(caller.call('y')).rejects.toMatchObject({ code: 'thread-ended' });
  });
});
