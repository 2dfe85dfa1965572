import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Domain } from '@sekisho/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type CountedSessions,
  createMemoryReportStore,
  type Delivery,
  type DeliveryState,
  openSqliteReportStore,
  type ReportStore,
  type ReportWithDeliveries,
} from './index.ts';

const A = 'a.example' as Domain;
const B = 'b.example' as Domain;
const C = 'c.example' as Domain;
const DAY = '2026-11-23';
const NEXT = '2026-11-24';
const RECORD = 'v=TLSRPTv1; rua=mailto:tls@a.example';

/** Whatever keeps a store passes these tests: a further engine is a further line. */
const ENGINES: readonly [name: string, open: (directory: string) => Promise<ReportStore>][] = [
  ['memory', async () => createMemoryReportStore()],
  ['SQLite', (directory) => openSqliteReportStore({ directory })],
];

function sessions(changes: Partial<CountedSessions> = {}): CountedSessions {
  return {
    day: DAY,
    domain: A,
    record: RECORD,
    source: 'datagram',
    policy: { policyType: 'no-policy-found', policyString: [], policyDomain: A, mxHost: [] },
    isSuccess: true,
    failures: [],
    count: 1,
    ...changes,
  };
}

function delivery(changes: Partial<Delivery> = {}): Delivery {
  return {
    reportId: 'one@example.net',
    place: 0,
    uri: 'mailto:tls@a.example',
    state: 'waiting',
    attempts: 0,
    nextAttemptAtMs: 1_000,
    ...changes,
  };
}

function made(
  reportId: string,
  states: readonly DeliveryState[],
  domain = A,
): ReportWithDeliveries {
  const deliveries = states.map((state, place) => delivery({ reportId, place, state }));
  const counts = { successes: 1, failures: 0, madeAtMs: 5 };
  return {
    report: { reportId, day: DAY, domain, record: RECORD, json: '{}', ...counts },
    deliveries,
  };
}

describe.each(ENGINES)('ReportStore in %s', (_engine, openStore) => {
  let directory = '';
  let store: ReportStore;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sekisho-report-'));
    store = await openStore(directory);
  });

  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  it('gives back sessions as they were counted', async () => {
    const failures = [{ resultType: 'certificate-expired', receivingIp: '192.0.2.1' }];
    const given = [
      sessions(),
      sessions({ isSuccess: false, failures, count: 3 }),
      sessions({ domain: B }),
    ];
    await store.addSessions(given);
    expect(await store.listSessions(DAY, A)).toEqual(expect.arrayContaining(given.slice(0, 2)));
    expect(await store.listSessions(DAY, A)).toHaveLength(2);
    expect(await store.listSessions(DAY, B)).toEqual([given[2]]);
    expect(await store.listSessions(NEXT, A)).toEqual([]);
  });

  it('adds up what is the same, in whatever order its members stand', async () => {
    const policy = { mxHost: [], policyDomain: A, policyString: [], policyType: 'no-policy-found' };
    await store.addSessions([sessions({ count: 2 }), sessions({ policy, count: 3 })]);
    await store.addSessions([sessions({ count: 5 })]);
    expect(await store.listSessions(DAY, A)).toEqual([sessions({ count: 10 })]);
  });

  it.each<[string, Partial<CountedSessions>]>([
    ['day', { day: NEXT }],
    ['domain', { domain: B }],
    ['record', { record: `${RECORD};` }],
    ['lack of a record', { record: undefined as never }],
    ['source', { source: 'log' }],
    ['policy', { policy: { ...sessions().policy, policyType: 'sts' } }],
    ['outcome', { isSuccess: false }],
    ['course', { failures: [{ resultType: 'tlsa-invalid' }] }],
  ])('keeps apart what differs in its %s', async (_what, change) => {
    await store.addSessions([sessions(), sessions(change), sessions(change)]);
    const all = await Promise.all(
      [DAY, NEXT].flatMap((day) => [A, B].map((domain) => store.listSessions(day, domain))),
    );
    const counts = all.flat().map(({ count }) => count);
    expect(counts.toSorted((a, b) => a - b)).toEqual([1, 2]);
  });

  it('lists last what was added to last, so that the record seen last is known', async () => {
    await store.addSessions([sessions({ record: 'first' })]);
    await store.addSessions([sessions({ record: 'second' })]);
    expect((await store.listSessions(DAY, A)).at(-1)?.record).toBe('second');
    await store.addSessions([sessions({ record: 'first' })]);
    expect((await store.listSessions(DAY, A)).at(-1)?.record).toBe('first');
  });

  it('takes nothing for a day that is sealed or closed; the next open one has it', async () => {
    await store.addSessions([sessions()]);
    await store.sealDay(DAY);
    await store.closeDay(NEXT);
    await store.addSessions([sessions({ count: 7 })]);
    expect(await store.listSessions(DAY, A)).toEqual([sessions()]);
    expect(await store.listSessions('2026-11-25', A)).toEqual([
      sessions({ day: '2026-11-25', count: 7 }),
    ]);
  });

  it('lists a day as open until it is closed', async () => {
    expect(await store.listOpenDays()).toEqual([]);
    await store.addSessions([sessions({ day: NEXT }), sessions()]);
    await store.sealDay(DAY);
    expect(await store.listOpenDays()).toEqual([DAY, NEXT]);
    await store.closeDay(DAY);
    await store.sealDay(DAY);
    expect(await store.listOpenDays()).toEqual([NEXT]);
  });

  it('pages through the domains of a day, and those not done with', async () => {
    await store.addSessions([C, A, B].map((domain) => sessions({ domain })));
    expect(await store.listDomains(DAY)).toEqual([A, B, C]);
    expect(await store.listDomains(DAY, A, 1)).toEqual([B]);
    await store.putReports(DAY, A, [made('one@example.net', ['waiting'])]);
    await store.putReports(DAY, B, [], 'no-record');
    expect(await store.listUnreported(DAY)).toEqual([C]);
    expect(await store.listUnreported(DAY, 5, C)).toEqual([]);
    expect(await store.listSkipped(DAY)).toEqual([{ day: DAY, domain: B, why: 'no-record' }]);
  });

  it('makes a domain’s day final once', async () => {
    const first = made('one@example.net', ['waiting', 'held']);
    await store.putReports(DAY, A, [first]);
    await store.putReports(DAY, A, [made('two@example.net', ['waiting'])], 'no-failures');
    const { json: _text, ...listed } = first.report;
    expect(await store.listReports({})).toEqual([{ ...first, report: listed }]);
    expect(await store.listSkipped(DAY)).toEqual([]);
    expect(await store.findReport('one@example.net')).toEqual(first.report);
    expect(await store.listDeliveries('one@example.net')).toEqual(first.deliveries);
    expect(await store.listDeliveries('two@example.net')).toEqual([]);
    expect(await store.findReport('two@example.net')).toBeUndefined();
  });

  it('puts neither report nor outcome when one of them cannot be put', async () => {
    await store.putReports(DAY, A, [made('one@example.net', ['waiting'])]);
    await store.addSessions([sessions({ domain: B })]);
    const taken = store.putReports(DAY, B, [made('one@example.net', ['waiting'], B)]);
    await expect(taken).rejects.toMatchObject({ name: 'IoError', code: 'store-failed' });
    expect(await store.listUnreported(DAY)).toEqual([B]);
  });

  it('lists what is due, the longest first, but for hosts that have enough', async () => {
    const at = (place: number, nextAttemptAtMs: number, uri: string): Delivery =>
      delivery({ place, nextAttemptAtMs, uri });
    const late = at(0, 3_000, 'https://Two.example/x');
    const early = at(1, 2_000, 'mailto:tls@one.example?subject=x');
    const future = at(2, 9_000, 'mailto:tls@one.example');
    const { report } = made('one@example.net', []);
    await store.putReports(DAY, A, [{ report, deliveries: [late, early, future] }]);
    expect(await store.listDue(3_000, 10)).toEqual([early, late]);
    expect(await store.listDue(3_000, 1)).toEqual([early]);
    expect(await store.listDue(3_000, 10, ['one.example'])).toEqual([late]);
    expect(await store.listDue(3_000, 10, ['one.example', 'two.example'])).toEqual([]);
    expect(await store.nextDueAtMs()).toBe(2_000);
    await store.putDeliveries([late, early, future].map((one) => ({ ...one, state: 'sent' })));
    expect(await store.nextDueAtMs()).toBeUndefined();
  });

  it('replaces a delivery whole', async () => {
    await store.putReports(DAY, A, [made('one@example.net', ['waiting', 'waiting'])]);
    const ended = delivery({
      place: 1,
      state: 'given-up',
      attempts: 4,
      nextAttemptAtMs: 9,
      firstAttemptAtMs: 2,
      lastProblem: 'no',
      endedAtMs: 8,
    });
    await store.putDelivery(ended);
    const [found] = await store.listReports({ states: ['given-up'] });
    expect(found?.deliveries).toEqual([delivery(), ended]);
    await store.putDelivery(delivery({ place: 1 }));
    expect((await store.listReports({}))[0]?.deliveries[1]).toEqual(delivery({ place: 1 }));
    expect(await store.countDeliveries()).toMatchObject({ waiting: 2, 'given-up': 0 });
  });

  it('after a kill takes what was committing for uncertain, and frees what was held for it', async () => {
    await store.putReports(DAY, A, [
      made('one@example.net', ['committing', 'held', 'held']),
      made('two@example.net', ['sent', 'held']),
      made('dry@example.net', ['held', 'held']),
    ]);
    expect(await store.settleInterrupted(77)).toBe(1);
    const states = (await store.listReports({})).map(({ report, deliveries }) => [
      report.reportId,
      deliveries.map(({ state }) => state),
    ]);
    expect(Object.fromEntries(states)).toEqual({
      'one@example.net': ['uncertain', 'waiting', 'held'],
      'two@example.net': ['sent', 'held'],
      'dry@example.net': ['held', 'held'],
    });
    expect(await store.listDue(77, 9)).toMatchObject([{ place: 1, nextAttemptAtMs: 77 }]);
    expect(await store.settleInterrupted(78)).toBe(0);
  });

  it('lists reports by day, domain and state', async () => {
    await store.putReports(DAY, A, [made('one@example.net', ['sent'])]);
    await store.putReports(DAY, B, [made('two@example.net', ['waiting'], B)]);
    const ids = async (query: Parameters<ReportStore['listReports']>[0]): Promise<string[]> =>
      (await store.listReports(query)).map(({ report }) => report.reportId);
    expect(await ids({})).toEqual(['one@example.net', 'two@example.net']);
    expect(await ids({ limit: 1 })).toEqual(['one@example.net']);
    expect(await ids({ domain: B, day: DAY })).toEqual(['two@example.net']);
    expect(await ids({ day: NEXT })).toEqual([]);
    expect(await ids({ states: ['sent', 'given-up'] })).toEqual(['one@example.net']);
  });

  it('sums up days, without what was no session', async () => {
    await store.addSessions([
      sessions({ count: 5 }),
      sessions({ domain: B, isSuccess: false, count: 2 }),
      sessions({ source: 'discovery', isSuccess: false, count: 100 }),
      sessions({ day: NEXT }),
    ]);
    await store.closeDay(DAY);
    expect(await store.listDays()).toEqual([
      { day: NEXT, isClosed: false, domains: 1, successes: 1, failures: 0 },
      { day: DAY, isClosed: true, domains: 2, successes: 5, failures: 2 },
    ]);
    expect(await store.listDays(1)).toHaveLength(1);
  });

  it('forgets closed days, and stays closed to them', async () => {
    const policy = { ...sessions().policy, policyType: 'sts' };
    await store.addSessions([sessions({ policy }), sessions({ day: NEXT })]);
    await store.putReports(DAY, A, [made('one@example.net', ['sent'])]);
    await store.forgetBefore('2027-01-01');
    expect(await store.listDays()).toHaveLength(2);
    await store.closeDay(DAY);
    await store.forgetBefore('2027-01-01');
    expect(await store.listDays()).toMatchObject([{ day: NEXT }]);
    expect(await store.listReports({})).toEqual([]);
    await store.addSessions([sessions({ policy, count: 4 })]);
    expect(await store.listSessions(DAY, A)).toEqual([]);
    expect(await store.listSessions(NEXT, A)).toEqual([
      sessions({ day: NEXT }),
      sessions({ day: NEXT, policy, count: 4 }),
    ]);
  });

  it('keeps the latest 200 samples of each source, cut to 4 KiB, and counts all', async () => {
    for (let atMs = 1; atMs <= 203; atMs += 1)
      await store.addSample({ atMs, source: 'datagram', code: 'x', bytes: new Uint8Array(5000) });
    await store.addSample({ atMs: 7, source: 'log', code: 'y', bytes: Uint8Array.of(255, 0) });
    const kept = await store.listSamples();
    expect(kept).toHaveLength(201);
    expect(kept[0]).toEqual({ atMs: 7, source: 'log', code: 'y', bytes: Uint8Array.of(255, 0) });
    expect(kept[1]).toMatchObject({ atMs: 203 });
    expect(kept[1]?.bytes).toHaveLength(4096);
    expect(kept.at(-1)?.atMs).toBe(4);
    expect(await store.countSamples()).toEqual([
      { source: 'datagram', count: 203 },
      { source: 'log', count: 1 },
    ]);
  });

  it('refuses calls once it is closed', async () => {
    await store.close();
    await store.close();
    await expect(store.listOpenDays()).rejects.toMatchObject({ code: 'store-closed' });
    await expect(store.closeDay(DAY)).rejects.toMatchObject({ code: 'store-closed' });
  });
});
