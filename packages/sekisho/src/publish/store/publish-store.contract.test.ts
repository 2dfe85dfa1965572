import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Domain } from '@sekisho/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ChangeMove,
  type FetchCount,
  type NewVersion,
  openMemoryPublishStore,
  openSqlitePublishStore,
  type ProbeRecord,
  type Problem,
  type PublishStore,
  type PublishStoreLimits,
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

const stores: readonly [string, (directory: string) => Promise<PublishStore>][] = [
  ['in memory', () => openMemoryPublishStore(LIMITS)],
  ['on disk', (directory) => openSqlitePublishStore({ directory, limits: LIMITS })],
];

function version(id: string, changes: Partial<NewVersion> = {}): NewVersion {
  return {
    id,
    body: `version: STSv1\r\nmode: testing\r\nmx: ${id}.example\r\nmax_age: 86400\r\n`,
    mode: 'testing',
    maxAgeSeconds: 86_400,
    mx: [`${id}.example`],
    createdBy: 'admin',
    overrides: [],
    purpose: 'set',
    ...changes,
  };
}

function fetched(changes: Partial<FetchCount> = {}): FetchCount {
  const who = { domain: A, id: 'one', address: '192.0.2.1', userAgent: 'mta' };
  return { ...who, firstAtMs: 1_000, lastAtMs: 1_000, count: 1, ...changes };
}

function probed(changes: Partial<ProbeRecord> = {}): ProbeRecord {
  return { domain: A, mxHost: 'mx.example', atMs: 1_000, code: 'ok', detail: '', ...changes };
}

describe.each(stores)('PublishStore %s', (_kind, openStore) => {
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

  /** Begins a change and carries it as far as the moves lead, all at one time. */
  async function change(
    next: NewVersion,
    atMs: number,
    kinds: readonly ('served' | 'verified' | 'announced' | 'confirmed')[],
    domain = A,
  ): Promise<number> {
    const begun = await store.beginChange(domain, next, atMs);
    const number = begun?.number ?? 0;
    for (const kind of kinds)
      expect(await store.moveChange(domain, number, { kind }, atMs)).toBe(true);
    return number;
  }
  const ALL = ['served', 'verified', 'announced', 'confirmed'] as const;

  it('begins a change with a new domain, version 1 and step serve', async () => {
    const order = { reason: 'because', overrides: ['mx-unknown'] };
    const begun = await store.beginChange(A, version('one', order), 1_000);
    const { purpose: _purpose, ...rest } = version('one', order);
    expect(begun).toEqual({ ...rest, domain: A, number: 1, createdAtMs: 1_000 });
    expect(await store.getDomain(A)).toEqual({
      domain: A,
      addedAtMs: 1_000,
      nextProbeAtMs: 1_000,
      change: {
        version: 1,
        purpose: 'set',
        step: 'serve',
        startedAtMs: 1_000,
        stepSinceMs: 1_000,
        attempts: 0,
        nextAttemptAtMs: 1_000,
      },
    });
    expect(await store.getServed(A)).toBeUndefined();
  });

  it('STS-8.1-3: leads a change from the body served to the id announced', async () => {
    await change(version('one'), 1_000, ['served']);
    expect(await store.getServed(A)).toMatchObject({ number: 1, servedFromMs: 1_000 });
    expect(await store.getDomain(A)).toMatchObject({ served: 1, change: { step: 'verify' } });
    await store.moveChange(A, 1, { kind: 'verified' }, 2_000);
    await store.moveChange(A, 1, { kind: 'announced' }, 3_000);
    expect(await store.getDomain(A)).toMatchObject({
      change: { step: 'confirm', stepSinceMs: 3_000 },
    });
    await store.moveChange(A, 1, { kind: 'confirmed' }, 4_000);
    expect(await store.getDomain(A)).toEqual({
      domain: A,
      addedAtMs: 1_000,
      nextProbeAtMs: 1_000,
      served: 1,
      announced: 1,
    });
    expect(await store.getVersion(A, 1)).toMatchObject({ announcedAtMs: 4_000 });
  });

  it('STS-8.3-1: a version that makes room for another has an end', async () => {
    await change(version('one'), 1_000, ALL);
    await change(version('two'), 2_000, ['served']);
    const versions = await store.listVersions(A);
    expect(versions.map(({ number, servedUntilMs }) => [number, servedUntilMs])).toEqual([
      [2, undefined],
      [1, 2_000],
    ]);
  });

  it.each<[string, readonly ('served' | 'verified' | 'announced')[], ChangeMove['kind'][]]>([
    ['serve', [], ['verified', 'announced', 'confirmed']],
    ['verify', ['served'], ['served', 'announced', 'confirmed']],
    ['announce', ['served', 'verified'], ['served', 'verified', 'confirmed']],
    [
      'confirm',
      ['served', 'verified', 'announced'],
      ['served', 'verified', 'announced', 'abandoned'],
    ],
  ])('refuses at step %s what does not leave it', async (_step, before, refused) => {
    const number = await change(version('one'), 1_000, before);
    const former = await store.getDomain(A);
    for (const kind of refused) {
      const move = { kind, problem: PROBLEM } as ChangeMove;
      expect(await store.moveChange(A, number, move, 2_000)).toBe(false);
    }
    expect(await store.moveChange(A, number + 1, { kind: 'served' }, 2_000)).toBe(false);
    expect(await store.moveChange(B, number, { kind: 'served' }, 2_000)).toBe(false);
    expect(await store.getDomain(A)).toEqual(former);
  });

  it('counts failures at the present step, and forgets them at the next', async () => {
    await change(version('one'), 1_000, ['served']);
    const failed: ChangeMove = { kind: 'failed', problem: PROBLEM, nextAttemptAtMs: 9_000 };
    await store.moveChange(A, 1, failed, 2_000);
    await store.moveChange(A, 1, failed, 3_000);
    expect((await store.getDomain(A))?.change).toMatchObject({
      step: 'verify',
      stepSinceMs: 1_000,
      attempts: 2,
      nextAttemptAtMs: 9_000,
      problem: PROBLEM,
    });
    await store.moveChange(A, 1, { kind: 'verified' }, 4_000);
    const change_ = (await store.getDomain(A))?.change;
    expect(change_).toMatchObject({ attempts: 0, nextAttemptAtMs: 4_000 });
    expect(change_).not.toHaveProperty('problem');
  });

  it('gives out the announced version again when a change is abandoned', async () => {
    await change(version('one'), 1_000, ALL);
    await change(version('two'), 2_000, ['served', 'verified']);
    expect(await store.beginChange(A, version('three'), 2_500)).toBeUndefined();
    await store.moveChange(A, 2, { kind: 'abandoned', problem: PROBLEM }, 3_000);
    expect(await store.getServed(A)).toMatchObject({ number: 1, servedFromMs: 1_000 });
    expect(await store.getServed(A)).not.toHaveProperty('servedUntilMs');
    expect(await store.getVersion(A, 2)).toMatchObject({
      servedFromMs: 2_000,
      servedUntilMs: 3_000,
    });
    const domain = await store.getDomain(A);
    expect(domain).toMatchObject({
      served: 1,
      announced: 1,
      lastFailure: { ...PROBLEM, version: 2 },
    });
    expect(domain).not.toHaveProperty('change');
    await change(version('three'), 4_000, ALL);
    expect(await store.getDomain(A)).not.toHaveProperty('lastFailure');
  });

  it('gives out nothing when the first change is abandoned', async () => {
    await change(version('one'), 1_000, ['served']);
    await store.moveChange(A, 1, { kind: 'abandoned', problem: PROBLEM }, 2_000);
    expect(await store.getServed(A)).toBeUndefined();
    expect(await store.getDomain(A)).not.toHaveProperty('served');
  });

  it('lets a change supersede one at confirm, and goes on with that when it is abandoned', async () => {
    await change(version('one'), 1_000, ALL);
    await change(version('two', { purpose: 'rollback' }), 2_000, [
      'served',
      'verified',
      'announced',
    ]);
    await change(version('three'), 3_000, ['served']);
    const supersedes = { version: 2, purpose: 'rollback' };
    expect((await store.getDomain(A))?.change).toMatchObject({ version: 3, supersedes });
    await store.moveChange(A, 3, { kind: 'abandoned', problem: PROBLEM }, 4_000);
    expect(await store.getDomain(A)).toMatchObject({
      served: 2,
      announced: 1,
      change: { ...supersedes, step: 'confirm', nextAttemptAtMs: 4_000 },
    });
    await change(version('four'), 5_000, ALL);
    expect(await store.getDomain(A)).toMatchObject({ served: 4, announced: 4 });
  });

  it('STS-3.1-6: refuses an id that the domain has had, and changes nothing', async () => {
    await change(version('one'), 1_000, ALL);
    await expect(store.beginChange(A, version('one'), 2_000)).rejects.toMatchObject({
      name: 'IoError',
      code: 'store-failed',
    });
    expect(await store.getDomain(A)).not.toHaveProperty('change');
    expect(await store.beginChange(B, version('one'), 2_000)).toMatchObject({ number: 1 });
  });

  it('STS-8.3-1: notes since when a domain is leaving, until another policy is announced', async () => {
    await change(version('one', { purpose: 'leave', mode: 'none' }), 1_000, ALL);
    expect(await store.getDomain(A)).toMatchObject({ leavingSinceMs: 1_000 });
    await change(version('two'), 2_000, ALL);
    expect(await store.getDomain(A)).not.toHaveProperty('leavingSinceMs');
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
    await change(version('one'), 1_000, ALL);
    await store.recordProbes([probed()]);
    await store.recordFetches([fetched()]);
    await store.putCertificate({ domain: A, nextAttemptAtMs: 1, failures: 0 });
    await store.recordEvent({ domain: A, atMs: 1, code: 'x', by: 'admin', message: 'X.' });
    expect(await store.removeDomain(A, 5_000)).toBe(true);
    expect(await store.removeDomain(A, 6_000)).toBe(false);
    expect(await store.getDomain(A)).toBeUndefined();
    expect(await store.getServed(A)).toBeUndefined();
    expect(await store.getCertificate(A)).toBeUndefined();
    expect([...(await store.listProbes(A, 0)), ...(await store.listFetches(A, 0))]).toEqual([]);
    expect(await store.listEvents(A)).toHaveLength(1);
    expect(await store.listVersions(A)).toMatchObject([{ number: 1, servedUntilMs: 5_000 }]);
    await expect(store.beginChange(A, version('one'), 7_000)).rejects.toThrow('UNIQUE');
    expect(await store.beginChange(A, version('two'), 7_000)).toMatchObject({ number: 2 });
  });

  it('lists domains by name, in pages, and what is due by time', async () => {
    await change(version('one'), 3_000, [], C);
    await change(version('one'), 2_000, [], B);
    await change(version('one'), 1_000, ALL, A);
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

  it('remembers MX hosts; what could not be looked up leaves them', async () => {
    await change(version('one'), 1_000, []);
    await store.putLiveMx(A, ['mx.example'], 2_000, 9_000);
    await store.putLiveMx(A, undefined, 3_000, 10_000);
    expect(await store.getDomain(A)).toMatchObject({
      liveMx: { hosts: ['mx.example'], atMs: 2_000 },
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
    await expect(store.beginChange(A, version('one'), 1)).rejects.toMatchObject(closed);
    await expect(store.sweep(1)).rejects.toMatchObject(closed);
  });
});
