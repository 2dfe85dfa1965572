import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { type Domain, parseDomain } from '@sekisho/spec';
import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../io/clock/index.ts';
import { IoError } from '../io/error.ts';
import { createFakeResolver, fakeAnswer, fakeFailure, type Resolver } from '../io/dns/index.ts';
import { createFakePolicyClient } from '../io/https/index.ts';
import { createMemoryLog } from '../io/log/index.ts';
import { createMemoryPolicyStore } from './store/index.ts';
import { Caller, serveCalls } from '../io/thread/index.ts';
import type { Purpose } from './discoverer.ts';
import { createEntry, type Entry } from './answer.ts';
import {
  createDiscoverer,
  createRemoteDiscoverer,
  type Discoverer,
  type DiscovererWork,
  type DiscoverEvent,
  performRequest,
} from './index.ts';

const parsed = parseDomain('example.test');
const example: Domain = parsed.ok ? parsed.value : ('' as Domain);
const TXT = 'txt _mta-sts.example.test';
const BODY = 'version: STSv1\r\nmode: enforce\r\nmx: mx.example.test\r\nmax_age: 604800\r\n';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** Everything crosses as data, as it does between threads. */
function acrossThreads(local: Discoverer): Discoverer {
  const { port1, port2 } = new MessageChannel();
  serveCalls<DiscovererWork>(port2, (request, signal) => performRequest(local, request, signal));
  const caller = new Caller<DiscovererWork>(port1);
  cleanUps.push(() => caller.close());
  return createRemoteDiscoverer((request, signal) => caller.call(request, signal));
}

function createWorld(place: (local: Discoverer) => Discoverer) {
  const clock = createFakeClock();
  const resolver = createFakeResolver({ [TXT]: fakeAnswer(['v=STSv1; id=1;']) });
  const client = createFakePolicyClient();
  client.answer(example, { body: BODY });
  const store = createMemoryPolicyStore();
  const log = createMemoryLog();
  const events: DiscoverEvent[] = [];
  const observe = (event: DiscoverEvent): void => void events.push(event);
  const discoverer = place(createDiscoverer({ clock, resolver, client, store, log, observe }));
  const discover = (
    entry: Entry = createEntry(example),
    purpose: Purpose = 'use',
    signal = new AbortController().signal,
  ) => discoverer.discover({ entry, purpose, startedAtMs: clock.now() }, signal);
  return { clock, resolver, client, store, log, events, discoverer, discover };
}

describe.each([
  ['in this thread', (local: Discoverer) => local],
  ['across threads', acrossThreads],
])('a Discoverer %s', (_where, place) => {
  it('finds a policy, which is committed by then', async () => {
    const { discover, store, clock } = createWorld(place);
    const { cached, entry } = await discover();
    expect(cached.answer).toMatchObject({ kind: 'policy', id: '1', body: BODY });
    expect(cached.validUntilMs).toBe(clock.now() + 300_000);
    expect(entry).toMatchObject({ policyDomain: example, usedAtMs: clock.now() });
    expect(await store.get(example)).toMatchObject({ policy: { id: '1', body: BODY } });
  });

  it('leaves what it was given as it was', async () => {
    const { discover } = createWorld(place);
    const given = createEntry(example);
    await discover(given);
    expect(given).toEqual(createEntry(example));
  });

  it('answers from the store where that knows, and goes on from what it found', async () => {
    const { discover, resolver, events, clock } = createWorld(place);
    const first = await discover();
    const again = await discover();
    expect(again.cached).toEqual(first.cached);
    expect(again.entry.policy).toEqual(first.entry.policy);
    expect([resolver.count(TXT), again.isChanged]).toEqual([1, false]);
    await clock.advance(400_000);
    resolver.set(TXT, fakeAnswer(['v=STSv1; id=2;']));
    expect(await discover(first.entry, 'recheck')).toMatchObject({
      entry: { policy: { id: '2' }, usedAtMs: first.entry.usedAtMs },
    });
    expect(events.filter(({ kind }) => kind === 'served')).toEqual([
      { kind: 'served', from: 'network' },
      { kind: 'served', from: 'store' },
    ]);
  });

  it('RPT-4.3.2.2-1: tells of a policy that is announced and cannot be had, but not to an operator', async () => {
    const { discover, client, events, clock } = createWorld(place);
    const missed = () => events.filter(({ kind }) => kind === 'policy-missed');
    const { entry } = await discover();
    expect(missed()).toEqual([]);
    client.answer(example, { body: 'version: STSv1\n' });
    await discover(entry, 'operator');
    expect(missed()).toEqual([]);
    await discover(entry, 'refresh');
    const told = { kind: 'policy-missed', policyDomain: example, atMs: clock.now() };
    const invalid = { ...told, resultType: 'sts-policy-invalid', code: 'policy-invalid' };
    // The text that stays in force.
    expect(missed()).toEqual([{ ...invalid, body: BODY }]);
  });

  it('RPT-4.3.2.2-2: tells the text that is no policy where nothing is in force', async () => {
    const { discover, client, events, clock } = createWorld(place);
    client.answer(example, { body: 'version: STSv1\n' });
    await discover();
    expect(events).toContainEqual({
      kind: 'policy-missed',
      policyDomain: example,
      atMs: clock.now(),
      resultType: 'sts-policy-invalid',
      code: 'policy-invalid',
      body: 'version: STSv1\n',
    });
  });

  it('says whether former answers are void', async () => {
    const { discover, client } = createWorld(place);
    const { entry, isChanged } = await discover();
    expect(isChanged).toBe(true);
    expect((await discover(entry, 'refresh')).isChanged).toBe(false);
    client.answer(example, { body: BODY.replace('enforce', 'testing') });
    expect((await discover(entry, 'refresh')).isChanged).toBe(true);
  });

  it.each([
    ['no record', fakeAnswer<string>([]), 'no-policy'],
    ['silence', fakeFailure('timeout'), 'uncertain'],
  ] as const)('finds %s', async (_what, dns, kind) => {
    const { discover, resolver } = createWorld(place);
    resolver.set(TXT, dns);
    const { cached, entry } = await discover();
    expect(cached.answer.kind).toBe(kind);
    expect(entry.absent).toEqual(cached.answer);
  });

  it('ends when the signal says so, and keeps nothing of it', async () => {
    const { discover, resolver, store } = createWorld(place);
    const controller = new AbortController();
    const lookupTxt: Resolver['lookupTxt'] = async (_name, { signal } = {}) => {
      controller.abort();
      if (signal?.aborted === false) await once(signal, 'abort');
      return fakeAnswer<string>([]);
    };
    Object.assign(resolver, { lookupTxt });
    const { cached } = await discover(createEntry(example), 'use', controller.signal);
    expect(cached.answer.kind).toBe('uncertain');
    expect(await store.list()).toEqual([]);
  });

  it('counts what the store does not take, and offers it again until it is given up', async () => {
    const { discover, discoverer, store, log } = createWorld(place);
    const full = new IoError('store-unwritable', 'full', { temporary: true });
    const putPolicy = store.putPolicy.bind(store);
    Object.assign(store, { putPolicy: () => Promise.reject(full) });
    expect((await discover()).cached.answer.kind).toBe('policy');
    expect(discoverer.unsaved).toBe(1);
    await expect(discoverer.retryUnsaved()).rejects.toThrow('full');
    await discoverer.retryUnsaved(true);
    expect(log.entries.at(-1)).toMatchObject({
      level: 'error',
      event: 'policies could not be kept and are lost',
    });
    Object.assign(store, { putPolicy });
    await discoverer.retryUnsaved();
    expect([discoverer.unsaved, await store.count()]).toEqual([0, 1]);
    Object.assign(store, { putPolicy: () => Promise.reject(full) });
    await discover(createEntry(example), 'operator');
    await discoverer.forgetUnsaved(example);
    expect(discoverer.unsaved).toBe(0);
  });
});
