import { parseDomain } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../io/clock/index.ts';
import { createFakeDatagrams } from '../../io/datagrams/index.ts';
import { IoError } from '../../io/error.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import type { BadSample, CountedSessions } from '../store/index.ts';
import { createCollector } from './create-collector.ts';
import type { ArrivedSessions } from './datagram-sessions.ts';
import { keySessions, type TallyLimits } from './session-tally.ts';

const NOON = Date.UTC(2026, 10, 23, 12);
const BEFORE_MIDNIGHT = Date.UTC(2026, 10, 24) - 1;

const datagram = (domain: string, f = 0): string =>
  JSON.stringify({
    dpv: '1',
    d: domain,
    pr: 'v=TLSRPTv1; rua=mailto:a@b.example',
    policies: [{ 'policy-type': 9, t: 0, f }],
  });

/** A store that keeps each write, and can be told to fail or to stand still. */
function createStore() {
  const writes: (readonly CountedSessions[])[] = [];
  const samples: BadSample[] = [];
  const state = {
    isFailing: false,
    hold: undefined as Promise<void> | undefined,
    underWay: 0,
    most: 0,
  };
  return {
    writes,
    samples,
    state,
    counts: () => {
      const sums = new Map<string, number>();
      for (const { day, domain, isSuccess, count } of writes.flat()) {
        const key = `${day} ${domain} ${isSuccess}`;
        sums.set(key, (sums.get(key) ?? 0) + count);
      }
      return Object.fromEntries(sums);
    },
    async addSessions(sessions: readonly CountedSessions[]) {
      state.underWay += 1;
      state.most = Math.max(state.most, state.underWay);
      await state.hold;
      state.underWay -= 1;
      if (state.isFailing)
        throw new IoError('store-unwritable', 'Cannot write', { temporary: true });
      writes.push(sessions);
    },
    async addSample(sample: BadSample) {
      if (state.isFailing)
        throw new IoError('store-unwritable', 'Cannot write', { temporary: true });
      samples.push(sample);
    },
  };
}

function setUp(limits?: TallyLimits) {
  const clock = createFakeClock(NOON);
  const log = createMemoryLog();
  const store = createStore();
  const collector = createCollector({
    store,
    clock,
    log,
    ...(limits === undefined ? {} : { limits }),
  });
  const source = createFakeDatagrams({ onBatch: (batch) => collector.take(batch) });
  return { clock, log, store, collector, source };
}

function sessions(name: string, count = 1): ArrivedSessions {
  const domain = parseDomain(name);
  if (!domain.ok) throw new Error(name);
  const policy = { policyType: 'sts', policyDomain: name, policyString: [], mxHost: [] };
  return { domain: domain.value, source: 'api', policy, isSuccess: true, failures: [], count };
}

const KEY_LENGTH = keySessions(sessions('d0.example')).key.length;

const many = (amount: number): ArrivedSessions[] =>
  Array.from({ length: amount }, (_, index) => sessions(`d${index}.example`));

describe('createCollector', () => {
  it('counts equal sessions together and writes them after two seconds', async () => {
    const { clock, store, collector, source } = setUp();
    source.send([datagram('a.example'), datagram('b.example'), datagram('a.example')], NOON);
    source.send([datagram('a.example'), datagram('a.example', 1)], NOON);
    await clock.advance(1_999);
    expect(store.writes).toEqual([]);
    await clock.advance(1);
    expect(store.writes).toHaveLength(1);
    expect(store.counts()).toEqual({
      '2026-11-23 a.example true': 3,
      '2026-11-23 a.example false': 1,
      '2026-11-23 b.example true': 1,
    });
    expect(collector.counters()).toMatchObject({
      datagrams: 5,
      sessions: 5,
      pending: 0,
      lastWriteAtMs: NOON + 2_000,
    });
  });

  it('writes nothing while there is nothing', async () => {
    const { clock, store, source } = setUp();
    source.send([datagram('a.example')], NOON);
    await clock.advance(60_000);
    expect(store.writes).toHaveLength(1);
  });

  it('puts each session into the UTC day of its arrival (RFC 8460 §4.1)', async () => {
    const { store, collector, source } = setUp();
    source.send([datagram('a.example')], BEFORE_MIDNIGHT);
    source.send([datagram('a.example')], BEFORE_MIDNIGHT + 1);
    await collector.flush();
    expect(store.counts()).toEqual({
      '2026-11-23 a.example true': 1,
      '2026-11-24 a.example true': 1,
    });
  });

  it('keeps apart what differs in record, source, policy or failure only', async () => {
    const { store, collector } = setUp();
    const base = sessions('a.example');
    const failures = [{ resultType: 'certificate-expired' }];
    const different: ArrivedSessions[] = [
      base,
      { ...base, record: 'v=TLSRPTv1; rua=mailto:x@a.example' },
      { ...base, source: 'log' },
      { ...base, policy: { ...base.policy, policyType: 'tlsa' } },
      { ...base, policy: { ...base.policy, policyString: ['version: STSv1'] } },
      { ...base, isSuccess: false },
      { ...base, isSuccess: false, failures },
    ];
    expect(collector.add([...different, ...different], NOON)).toBe(0);
    await collector.flush();
    expect(store.writes.flat().map(({ count }) => count)).toEqual(different.map(() => 2));
  });

  it('writes at once at 5,000 different entries, one write at a time', async () => {
    const { clock, store, collector } = setUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.state.hold = promise;
    collector.add(many(5_000), NOON);
    expect(store.state.underWay).toBe(1);
    collector.add(many(6_000), NOON);
    await clock.advance(10_000);
    resolve();
    await collector.flush();
    expect(store.state.most).toBe(1);
    expect(store.writes.map(({ length }) => length)).toEqual([5_000, 5_000, 1_000]);
  });

  it('has written what was added before when a flush resolves, also during another write', async () => {
    const { store, collector } = setUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.state.hold = promise;
    collector.add([sessions('a.example')], NOON);
    const first = collector.flush();
    collector.add([sessions('b.example', 3)], NOON);
    const second = collector.flush();
    resolve();
    await Promise.all([first, second]);
    expect(store.counts()).toEqual({
      '2026-11-23 a.example true': 1,
      '2026-11-23 b.example true': 3,
    });
  });

  it('keeps what could not be written, adds to it, and tries again', async () => {
    const { clock, log, store, collector } = setUp();
    store.state.isFailing = true;
    collector.add([sessions('a.example')], NOON);
    await expect(collector.flush()).rejects.toMatchObject({ code: 'store-unwritable' });
    collector.add([sessions('a.example')], NOON);
    await clock.advance(20_000);
    expect(log.entries.map(({ event }) => event)).toEqual(['sessions cannot be written']);
    await clock.advance(60_000);
    expect(log.entries).toHaveLength(2);
    expect(collector.counters()).toMatchObject({ pending: 1, lostSessions: 0 });
    store.state.isFailing = false;
    await clock.advance(2_000);
    expect(store.counts()).toEqual({ '2026-11-23 a.example true': 2 });
    expect(collector.counters().pending).toBe(0);
  });

  it('counts what came during a write that failed once', async () => {
    const { store, collector } = setUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.state.hold = promise;
    store.state.isFailing = true;
    collector.add([sessions('a.example', 2)], NOON);
    const failing = collector.flush();
    collector.add([sessions('a.example', 3)], NOON);
    resolve();
    await expect(failing).rejects.toThrow('Cannot write');
    expect(collector.counters().pending).toBe(1);
    store.state.isFailing = false;
    await collector.flush();
    expect(store.counts()).toEqual({ '2026-11-23 a.example true': 5 });
  });

  it.each([
    ['entries', { mostEntries: 3, mostText: 1e6 }],
    ['text', { mostEntries: 1e6, mostText: 3 * KEY_LENGTH + 1 }],
  ])('is bounded in %s, and says what is lost', async (_what, limits) => {
    const { log, store, collector } = setUp(limits);
    store.state.isFailing = true;
    expect(collector.add(many(5), NOON)).toBe(2);
    expect(collector.add([sessions('d0.example')], NOON)).toBe(0);
    expect(collector.counters()).toMatchObject({ pending: 3, sessions: 4, lostSessions: 2 });
    expect(log.entries).toEqual([
      { level: 'error', event: 'sessions are lost', fields: { lost: { sessions: 2 } } },
    ]);
    store.state.isFailing = false;
    await collector.flush();
    expect(collector.add(many(5).slice(3), NOON)).toBe(0);
  });

  it('writes on close, and counts as lost what cannot be', async () => {
    const well = setUp();
    well.collector.add([sessions('a.example')], NOON);
    await well.collector.close();
    expect(well.store.counts()).toEqual({ '2026-11-23 a.example true': 1 });
    expect(well.collector.add([sessions('a.example')], NOON)).toBe(1);

    const ill = setUp();
    ill.store.state.isFailing = true;
    ill.collector.add([sessions('a.example', 7)], NOON);
    await ill.collector.close();
    expect(ill.collector.counters()).toMatchObject({ lostSessions: 7, failedWrites: 1 });
    await ill.clock.advance(120_000);
    expect(ill.collector.counters().failedWrites).toBe(1);
  });
});

describe('createCollector on datagrams that cannot be used', () => {
  it('goes on, counts them by code and keeps samples, one a second', async () => {
    const { clock, log, store, collector, source } = setUp();
    source.send(['{not json', '5', datagram('a.example'), '{'.repeat(9_000)], NOON);
    source.send(['[]'], NOON + 1_000);
    source.lose({ tooLong: 2, lost: 9 });
    await collector.flush();
    expect(collector.counters()).toMatchObject({ datagrams: 7, sessions: 1, lostDatagrams: 9 });
    expect(Object.fromEntries(collector.counters().bad)).toEqual({
      'json-invalid': 2,
      'not-object': 2,
      'too-long': 2,
    });
    expect(store.samples.map(({ code, bytes }) => [code, Buffer.from(bytes).toString()])).toEqual([
      ['json-invalid', '{not json'],
      ['not-object', '[]'],
    ]);
    await clock.advance(60_000);
    const warnings = log.entries.filter(({ event }) => event === 'sessions cannot be used');
    expect(warnings.map(({ fields }) => fields['codes'])).toEqual([
      { 'json-invalid': 1 },
      { 'json-invalid': 1, 'not-object': 2, 'too-long': 2 },
    ]);
  });

  it('keeps 200 samples a day and 4 KiB of each', async () => {
    const { store, collector, source } = setUp();
    const start = Date.UTC(2026, 10, 23);
    for (let second = 0; second < 300; second += 1)
      source.send(['x'.repeat(9_000)], start + second * 1_000);
    source.send(['x'], start + 86_400_000);
    await collector.close();
    expect(store.samples).toHaveLength(201);
    expect(store.samples[0]?.bytes).toHaveLength(4_096);
    expect(collector.counters().bad.get('json-invalid')).toBe(301);
  });

  it('survives a store that takes no samples', async () => {
    const { log, store, collector, source } = setUp();
    store.state.isFailing = true;
    source.send(['5'], NOON);
    await collector.close();
    expect(log.entries.map(({ event }) => event)).toContain('sessions cannot be written');
  });

  it('counts what is unusual in what it uses, each time', () => {
    const { collector, source } = setUp();
    const text = datagram('a.example').replace('"dpv":"1"', '"dpv":"7"');
    source.send([text, text, text], NOON);
    expect(Object.fromEntries(collector.counters().noted)).toEqual({ 'version-unknown': 3 });
  });

  it('tells ten thousand different datagrams apart, whatever it remembers', async () => {
    const { store, collector, source } = setUp();
    const texts = Array.from({ length: 10_000 }, (_, index) => datagram(`d${index}.example`));
    source.send(texts, NOON);
    source.send(texts.toReversed(), NOON);
    await collector.flush();
    const counts = Object.values(store.counts());
    expect(counts).toHaveLength(10_000);
    expect(counts.every((count) => count === 2)).toBe(true);
  });
});
