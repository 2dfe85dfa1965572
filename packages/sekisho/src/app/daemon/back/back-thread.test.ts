import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Domain, parseDomain } from '@sekisho/spec';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ClosedWorld, createClosedWorld } from '../../../../../../test/chaos/closed-world.ts';
import { createPolicies, type DiscoverEvent } from '../../../discover/index.ts';
import { createFakeClock, systemClock } from '../../../io/clock/index.ts';
import { createMemoryLog } from '../../../io/log/index.ts';
import { loadSettings } from '../../config/index.ts';
import { placeOf } from '../../state/index.ts';
import { openBackThread } from './back-thread.ts';
import type { BackTask } from './requests.ts';

const parsed = parseDomain('enforce.test');
const enforce: Domain = parsed.ok ? parsed.value : ('' as Domain);

let world: ClosedWorld;
let directory = '';
const compiled = mkdtempSync(join(tmpdir(), 'sekisho-cache-'));
beforeAll(async () => {
  // Each thread strips the same types: once is enough.
  process.env['NODE_COMPILE_CACHE'] ??= compiled;
  world = await createClosedWorld();
  world.publish(
    ['enforce.test'],
    '1',
    () => 'version: STSv1\nmode: enforce\nmx: mx.enforce.test\nmax_age: 604800\n',
  );
});
afterAll(async () => {
  await world.close();
  rmSync(compiled, { recursive: true });
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sekisho-back-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const settingsWith = (more: Readonly<Record<string, string>> = {}) =>
  loadSettings({ environment: { HOME: directory, ...world.environment, ...more } }).settings;

const placeIn = (stateDirectory: string) =>
  placeOf({ ...settingsWith(), stateDirectory }, 'sender');

/** A thread that has a store of no use, tells the log which engines are opened, and dies of all other work. */
function startMortal({ store: { port }, calls }: BackTask): Worker {
  const source = `
    const { workerData: { port, calls } } = require('worker_threads');
    port.on('message', ([{ seq, request }]) => {
      if (request !== 'open') process.exit();
      port.postMessage([{ seq, answer: undefined }]);
    });
    calls.on('message', (batch) => batch.forEach(({ seq, request }) => {
      if (request.kind !== 'open') process.exit();
      const notice = { level: 'info', event: 'opened', fields: { engine: request.engine } };
      calls.postMessage([{ notice }, { seq, answer: undefined }]);
    }));`;
  return new Worker(source, {
    eval: true,
    workerData: { port, calls },
    transferList: [port, calls],
  });
}

describe('openBackThread', () => {
  it('discovers, keeps, counts and logs in the thread', async () => {
    const log = createMemoryLog();
    const back = await openBackThread({ place: placeIn(directory), log });
    const happened: DiscoverEvent[] = [];
    const discovery = await back.openDiscovery(settingsWith(), (event) => happened.push(event));
    const { discoverer } = discovery;
    const tools = { clock: systemClock, store: back.store, log, discoverer };
    const policies = createPolicies(tools);
    expect((await policies.lookup(enforce)).answer).toMatchObject({ kind: 'policy', id: '1' });
    expect(await back.store.get(enforce)).toMatchObject({ policy: { id: '1' } });
    expect(happened.map(({ kind }) => kind)).toEqual(['record-lookup', 'fetch', 'served']);
    expect(log.entries).toMatchObject([
      { level: 'info', event: 'policy learnt', fields: { domain: 'enforce.test' } },
    ]);
    await policies.close();
    await discovery.close();
    await back.close();
    await expect(back.store.count()).rejects.toMatchObject({ code: 'store-closed' });
  }, 30_000);

  it('says what is wrong with settings, and goes on with others', async () => {
    const back = await openBackThread({ place: placeIn(directory), log: createMemoryLog() });
    const caFile = join(directory, 'ca.pem');
    const ignore = (): void => undefined;
    const settings = settingsWith();
    const wrong = { ...settings, https: { ...settings.https, caFile } };
    await expect(back.openDiscovery(wrong, ignore)).rejects.toThrow('ENOENT');
    const discovery = await back.openDiscovery(settings, ignore);
    await discovery.close();
    await back.close();
  }, 30_000);

  it('does not open when the store cannot be', async () => {
    writeFileSync(join(directory, 'file'), '');
    const place = placeIn(join(directory, 'file'));
    const opening = openBackThread({ place, log: createMemoryLog() });
    await expect(opening).rejects.toMatchObject({ name: 'IoError', code: 'store-unwritable' });
  }, 30_000);

  it('fails what is under way when the thread dies, says so, and starts it again with what was open', async () => {
    const log = createMemoryLog();
    const clock = createFakeClock();
    const back = await openBackThread({
      place: placeIn(directory),
      log,
      clock,
      startWorker: startMortal,
    });
    const discovery = await back.openDiscovery(settingsWith(), () => undefined);
    const opened = { level: 'info', event: 'opened', fields: { engine: 1 } };
    const dead = { name: 'IoError', code: 'store-failed' };
    const asked = discovery.discoverer.retryUnsaved();
    await expect(asked).rejects.toMatchObject({ name: 'IoError', code: 'thread-ended' });
    await expect(back.store.count()).rejects.toMatchObject(dead);
    await expect(discovery.discoverer.retryUnsaved()).rejects.toThrow('its thread has ended');
    expect(log.entries).toMatchObject([
      opened,
      { level: 'error', event: 'the store failed; its thread is started again' },
    ]);
    await clock.advance(999);
    expect(log.entries).toHaveLength(2);
    await clock.advance(1);
    await expect
      .poll(() => log.entries.slice(2))
      .toMatchObject([{ event: 'the thread of the store runs again' }, opened]);
    await expect(back.store.count()).rejects.toMatchObject(dead);
    await discovery.close();
    await back.close();
  }, 30_000);

  it('tries again, less and less often, when the thread cannot be started', async () => {
    const log = createMemoryLog();
    const clock = createFakeClock();
    let lives = 0;
    const startWorker = (task: BackTask): Worker => {
      lives += 1;
      if (lives === 1) return startMortal(task);
      return new Worker('process.exit()', { eval: true });
    };
    const back = await openBackThread({ place: placeIn(directory), log, clock, startWorker });
    await expect(back.store.count()).rejects.toThrow('its thread ended');
    for (const seconds of [1, 2, 4]) {
      const before = log.entries.length;
      await clock.advance(seconds * 1000);
      await expect.poll(() => log.entries.length).toBe(before + 1);
    }
    expect(lives).toBe(4);
    expect(log.entries.at(-1)).toMatchObject({
      level: 'error',
      event: 'the thread of the store could not be started again',
    });
    await back.close();
  }, 30_000);
});
