import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Domain } from '@sekisho/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Change,
  type FetchCount,
  openMemoryPublishStore,
  openSqlitePublishStore,
  type PolicyVersion,
  type ProbeRecord,
  type Problem,
  type PublishedDomain,
  type PublishStore,
  type PublishStoreLimits,
  type VersionMark,
} from './index.ts';

const DAY = 86_400_000;
const A = 'a.example' as Domain;
const B = 'b.example' as Domain;
const C = 'c.example' as Domain;
const LIMITS: Partial<PublishStoreLimits> = {
  fetchesPerDomain: 3,
  probesPerDomain: 3,
  eventsPerDomain: 3,
};
const PROBLEM: Problem = { code: 'fetch-failed', message: 'It failed.', remedy: 'Mend.', atMs: 7 };

/** Whatever keeps a store passes these tests: a further engine is a further line. */
const ENGINES: readonly [name: string, open: (directory: string) => Promise<PublishStore>][] = [
  ['memory', () => openMemoryPublishStore(LIMITS)],
  ['SQLite', (directory) => openSqlitePublishStore({ directory, limits: LIMITS })],
];

function version(number: number, id: string, changes: Partial<PolicyVersion> = {}): PolicyVersion {
  return {
    domain: A,
    number,
    id,
    body: `version: STSv1\r\nmode: testing\r\nmx: ${id}.example\r\nmax_age: 86400\r\n`,
    mode: 'testing',
    maxAgeSeconds: 86_400,
    mx: [`${id}.example`],
    createdAtMs: 1_000,
    createdBy: 'admin',
    overrides: [],
    ...changes,
  };
}

const CHANGE: Change = {
  version: 1,
  purpose: 'set',
  step: 'verify',
  startedAtMs: 1_000,
  stepSinceMs: 2_000,
  attempts: 3,
  nextAttemptAtMs: 4_000,
  problem: PROBLEM,
  supersedes: { version: 7, purpose: 'rollback' },
};
const NEW: PublishedDomain = { domain: A, addedAtMs: 1_000, nextProbeAtMs: 1_000 };
const WHOLE: PublishedDomain = {
  ...NEW,
  served: 1,
  announced: 2,
  change: CHANGE,
  leavingSinceMs: 5_000,
  lastFailure: { ...PROBLEM, version: 6 },
};

function fetched(changes: Partial<FetchCount> = {}): FetchCount {
  const who = { domain: A, id: 'one', address: '192.0.2.1', userAgent: 'mta' };
  return { ...who, firstAtMs: 1_000, lastAtMs: 1_000, count: 1, ...changes };
}

function probed(changes: Partial<ProbeRecord> = {}): ProbeRecord {
  return { domain: A, mxHost: 'mx.example', atMs: 1_000, code: 'ok', detail: '', ...changes };
}

describe.each(ENGINES)('PublishStore in %s', (_engine, openStore) => {
  let directory = '';
  let store: PublishStore;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sekisho-publish-'));
    store = await openStore(directory);
  });

  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  /** Adds a domain and its first version. */
  async function add(domain: Domain, next: Partial<PublishedDomain> = {}): Promise<void> {
    const added = version(1, 'one', { domain });
    const commit = { next: { ...NEW, domain, ...next }, added, marks: [] };
    expect(await store.commitChange(undefined, commit)).toBe(true);
  }

  /** What a version has of its life. */
  async function timesOf(number: number) {
    const found = await store.getVersion(A, number);
    return [found?.servedFromMs, found?.servedUntilMs, found?.announcedAtMs];
  }

  it('adds a domain and a version, and gives back all of both', async () => {
    const added = version(1, 'one', { reason: 'because', overrides: ['mx-unknown'] });
    expect(await store.commitChange(undefined, { next: WHOLE, added, marks: [] })).toBe(true);
    expect(await store.getDomain(A)).toEqual(WHOLE);
    expect(await store.getVersion(A, 1)).toEqual(added);
    expect(await store.commitChange(WHOLE, { next: NEW, marks: [] })).toBe(true);
    expect(await store.getDomain(A)).toEqual(NEW);
    expect(await store.listVersions(A)).toEqual([added]);
  });

  it.each<[string, PublishedDomain | undefined]>([
    ['is there already', undefined],
    ['gives out another version', { ...WHOLE, served: 2 }],
    ['announces another version', { ...WHOLE, announced: 1 }],
    ['has a change', NEW],
    ['is at another step', { ...WHOLE, change: { ...CHANGE, step: 'announce' } }],
    ['has failed once more', { ...WHOLE, change: { ...CHANGE, attempts: 2 } }],
    ['is leaving', (({ leavingSinceMs: _leaving, ...rest }) => rest)(WHOLE)],
    ['is another one', { ...WHOLE, domain: B }],
  ])('writes nothing for a domain that %s meanwhile', async (_how, expected) => {
    await add(A, WHOLE);
    const added = version(2, 'two');
    const marks: readonly VersionMark[] = [{ kind: 'served', number: 1, atMs: 9_000 }];
    const next = { ...NEW, domain: expected?.domain ?? A, served: 2 };
    expect(await store.commitChange(expected, { next, added, marks })).toBe(false);
    if (expected !== undefined) expect(await store.removeDomain(expected, marks)).toBe(false);
    expect(await store.getDomain(A)).toEqual(WHOLE);
    expect(await store.getDomain(B)).toBeUndefined();
    expect(await store.listVersions(A)).toEqual([version(1, 'one')]);
  });

  it('gives out what the domain serves', async () => {
    await add(A);
    expect(await store.getServed(A)).toBeUndefined();
    const marks = [{ kind: 'served', number: 1, atMs: 2_000 }] as const;
    await store.commitChange(NEW, { next: { ...NEW, served: 1 }, marks });
    expect(await store.getServed(A)).toEqual(version(1, 'one', { servedFromMs: 2_000 }));
  });

  it('STS-8.3-1: keeps when a version was first given out and announced, and when last', async () => {
    await add(A);
    const mark = async (kind: VersionMark['kind'], atMs: number) => {
      await store.commitChange(NEW, { next: NEW, marks: [{ kind, number: 1, atMs }] });
      return timesOf(1);
    };
    expect(await mark('served', 2_000)).toEqual([2_000, undefined, undefined]);
    expect(await mark('announced', 3_000)).toEqual([2_000, undefined, 3_000]);
    expect(await mark('withdrawn', 4_000)).toEqual([2_000, 4_000, 3_000]);
    expect(await mark('served', 5_000)).toEqual([2_000, undefined, 3_000]);
    expect(await mark('announced', 6_000)).toEqual([2_000, undefined, 3_000]);
    expect(await mark('withdrawn', 7_000)).toEqual([2_000, 7_000, 3_000]);
  });

  it('STS-3.1-6: refuses an id that the domain has had, and changes nothing', async () => {
    await add(A);
    const next = { ...NEW, served: 2 };
    const again = store.commitChange(NEW, { next, added: version(2, 'one'), marks: [] });
    await expect(again).rejects.toMatchObject({ name: 'IoError', code: 'store-failed' });
    expect(await store.getDomain(A)).toEqual(NEW);
    await add(B);
  });

  it('keeps what was told of alerts, and what is over until everybody was told', async () => {
    const raised = {
      key: 'probe-failed a.example mx.a.example',
      code: 'probe-failed',
      subject: { domain: A, mxHost: 'mx.a.example' },
      severity: 'error',
      kind: 'raised',
      message: 'm',
      remedy: 'r',
      heard: ['error'],
      raisedAtMs: 5,
      toldAtMs: 5,
      toldTo: ['mail'],
      isDelivered: true,
    } as const;
    const { remedy: _past, ...rest } = raised;
    const over = { ...rest, kind: 'over', endedAtMs: 6, isDelivered: false } as const;
    await store.putAlerts([raised], 0);
    expect(await store.listAlerts()).toEqual([raised]);
    await store.putAlerts([over], 0);
    expect(await store.listAlerts()).toEqual([over]);
    await store.putAlerts([], 7);
    expect(await store.listAlerts()).toEqual([]);
  });

  it('forgets a domain but for its versions and events; numbers and ids go on', async () => {
    await add(A, { served: 1 });
    await store.recordProbes([probed()]);
    await store.recordFetches([fetched()]);
    await store.putCertificate({ domain: A, nextAttemptAtMs: 1, failures: 0 });
    await store.recordEvent({ domain: A, atMs: 1, code: 'x', by: 'admin', message: 'X.' });
    const served = { ...NEW, served: 1 };
    const marks = [{ kind: 'withdrawn', number: 1, atMs: 5_000 }] as const;
    expect(await store.removeDomain(served, marks)).toBe(true);
    expect(await store.removeDomain(served, marks)).toBe(false);
    expect(await store.getDomain(A)).toBeUndefined();
    expect(await store.getServed(A)).toBeUndefined();
    expect(await store.getCertificate(A)).toBeUndefined();
    expect([...(await store.listProbes(A, 0)), ...(await store.listFetches(A, 0))]).toEqual([]);
    expect(await store.listEvents(A)).toHaveLength(1);
    expect(await store.listVersions(A)).toMatchObject([{ number: 1, servedUntilMs: 5_000 }]);
    const anew = (added: PolicyVersion) =>
      store.commitChange(undefined, { next: NEW, added, marks: [] });
    await expect(anew(version(1, 'two'))).rejects.toThrow('UNIQUE');
    await expect(anew(version(2, 'one'))).rejects.toThrow('UNIQUE');
    expect(await anew(version(2, 'two'))).toBe(true);
  });

  it('lists domains by name, in pages, and what is due by time', async () => {
    const due = (atMs: number) => ({
      nextProbeAtMs: atMs,
      change: { ...CHANGE, nextAttemptAtMs: atMs },
    });
    await add(C, due(3_000));
    await add(B, due(2_000));
    await add(A);
    const names = (rows: readonly { readonly domain: Domain }[]) =>
      rows.map(({ domain }) => domain);
    expect(names(await store.listDomains({ limit: 2 }))).toEqual([A, B]);
    expect(names(await store.listDomains({ after: B }))).toEqual([C]);
    expect(await store.countDomains()).toBe(3);
    expect(names(await store.listDueChanges(3_000, 10))).toEqual([B, C]);
    expect(names(await store.listDueChanges(2_999, 10))).toEqual([B]);
    expect(names(await store.listDueProbes(3_000, 10))).toEqual([A, B, C]);
    expect(names(await store.listDueProbes(3_000, 1))).toEqual([A]);
  });

  it('remembers MX hosts; what could not be looked up leaves them, and so does a change', async () => {
    await add(A);
    await store.putLiveMx(A, ['mx.example'], 2_000, 9_000);
    await store.putLiveMx(A, undefined, 3_000, 10_000);
    expect(await store.getDomain(A)).toMatchObject({
      liveMx: { hosts: ['mx.example'], atMs: 2_000 },
      nextProbeAtMs: 10_000,
    });
    const next = { ...NEW, served: 1, liveMx: { hosts: [], atMs: 1 } };
    expect(await store.commitChange(NEW, { next, marks: [] })).toBe(true);
    expect(await store.getDomain(A)).toMatchObject({
      served: 1,
      liveMx: { hosts: ['mx.example'] },
      nextProbeAtMs: 10_000,
    });
  });

  it('adds up the fetches of one sender, id and day, and keeps the latest', async () => {
    await store.recordFetches([
      fetched(),
      fetched({ firstAtMs: 5_000, lastAtMs: 8_000, count: 2 }),
    ]);
    expect(await store.listFetches(A, 0)).toEqual([fetched({ lastAtMs: 8_000, count: 3 })]);
    await store.recordFetches([
      fetched({ firstAtMs: DAY, lastAtMs: DAY }),
      fetched({ id: 'two', firstAtMs: 9_000, lastAtMs: 9_000 }),
      fetched({ address: '2001:db8::1', firstAtMs: 9_500, lastAtMs: 9_500 }),
      fetched({ domain: B }),
    ]);
    const fetches = await store.listFetches(A, 0);
    expect(fetches.map(({ lastAtMs }) => lastAtMs)).toEqual([DAY, 9_500, 9_000]);
    expect(await store.listFetches(A, 9_500, 1)).toHaveLength(1);
    expect(await store.listFetches(A, 9_500)).toHaveLength(2);
    expect(await store.listFetches(B, 0)).toHaveLength(1);
  });

  it('lists probes oldest first, and keeps the latest', async () => {
    const rich = probed({ atMs: 4_000, address: '192.0.2.1', code: 'tls-failed', notAfterMs: 9 });
    await store.recordProbes([probed(), probed({ atMs: 3_000 }), probed({ atMs: 2_000 }), rich]);
    const probes = await store.listProbes(A, 0);
    expect(probes).toEqual([probed({ atMs: 2_000 }), probed({ atMs: 3_000 }), rich]);
    expect(await store.listProbes(A, 4_000)).toEqual([rich]);
  });

  it('lists events latest first, and keeps the latest', async () => {
    for (const atMs of [1, 2, 3, 4]) {
      await store.recordEvent({ domain: A, atMs, code: 'x', by: 'admin', message: `${atMs}` });
    }
    expect((await store.listEvents(A)).map(({ atMs }) => atMs)).toEqual([4, 3, 2]);
    expect(await store.listEvents(A, 1)).toHaveLength(1);
  });

  it('keeps the state of certificates', async () => {
    const whole = {
      domain: A,
      notBeforeMs: 1,
      notAfterMs: 9_000,
      nextAttemptAtMs: 5_000,
      failures: 2,
      problem: PROBLEM,
      orderUrl: 'https://acme.example/order/1',
    };
    await store.putCertificate({ ...whole, failures: 1 });
    await store.putCertificate(whole);
    await store.putCertificate({ domain: B, nextAttemptAtMs: 4_000, failures: 0 });
    await store.putCertificate({
      domain: C,
      notAfterMs: 8_000,
      nextAttemptAtMs: 6_000,
      failures: 0,
    });
    expect(await store.getCertificate(A)).toEqual(whole);
    const names = (rows: readonly { readonly domain: Domain }[]) =>
      rows.map(({ domain }) => domain);
    expect(names(await store.listDueCertificates(5_000, 10))).toEqual([B, A]);
    expect(names(await store.listCertificates(10))).toEqual([C, A, B]);
    await store.removeCertificate(A);
    expect(await store.getCertificate(A)).toBeUndefined();
  });

  it('sweeps what has been kept long enough', async () => {
    const now = 2_000 * DAY;
    const at = (days: number) => now - days * DAY;
    await store.recordFetches(
      [91, 89].map((days) => fetched({ firstAtMs: at(days), lastAtMs: at(days) })),
    );
    await store.recordProbes([61, 59].map((days) => probed({ atMs: at(days) })));
    const event = { domain: A, code: 'x', by: 'admin', message: 'X.' };
    for (const days of [1_831, 1_829]) await store.recordEvent({ ...event, atMs: at(days) });
    await store.sweep(now);
    expect(await store.listFetches(A, 0)).toMatchObject([{ lastAtMs: at(89) }]);
    expect(await store.listProbes(A, 0)).toMatchObject([{ atMs: at(59) }]);
    expect(await store.listEvents(A)).toMatchObject([{ atMs: at(1_829) }]);
  });

  it('fails after it was closed', async () => {
    await store.close();
    await store.close();
    const closed = { name: 'IoError', code: 'store-closed' };
    await expect(store.getServed(A)).rejects.toMatchObject(closed);
    const commit = { next: NEW, marks: [] };
    await expect(store.commitChange(undefined, commit)).rejects.toMatchObject(closed);
    await expect(store.sweep(1)).rejects.toMatchObject(closed);
  });
});
