import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Domain, FailureDetails, ReportedPolicy } from '@sekisho/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ArrivedReport,
  type IntakeStore,
  openMemoryIntakeStore,
  openSqliteIntakeStore,
  type ReportTrust,
} from './index.ts';

const DAY = 86_400_000;
const A = 'a.example' as Domain;
const B = 'b.example' as Domain;
const MONDAY = Date.UTC(2026, 10, 23);
const SPAN = { firstDay: '2026-11-23', lastDay: '2026-11-29' };
const VERIFIED: ReportTrust = {
  kind: 'verified',
  signedBy: 'r.example',
  selector: 's',
  keyService: '*',
};
const UNVERIFIED: ReportTrust = { kind: 'unverified', why: 'no signature' };
const POSTED: ReportTrust = { kind: 'unauthenticated' };

/** Whatever keeps a store passes these tests: a further engine is a further line. */
const ENGINES: readonly [name: string, open: (directory: string) => Promise<IntakeStore>][] = [
  ['memory', () => openMemoryIntakeStore()],
  ['SQLite', (directory) => openSqliteIntakeStore({ directory })],
];

function failure(changes: Partial<FailureDetails> = {}): FailureDetails {
  return {
    resultType: 'certificate-expired',
    failedSessionCount: 2,
    receivingMxHostname: 'mx1.a.example',
    receivingIp: '192.0.2.1',
    ...changes,
  };
}

function entry(changes: Partial<ReportedPolicy> = {}): ReportedPolicy {
  return {
    policyType: 'sts',
    policyString: ['version: STSv1', 'mode: testing', 'mx: *.a.example', 'max_age: 604800'],
    policyDomain: A,
    mxHost: ['*.a.example'],
    totalSuccessfulSessionCount: 8,
    totalFailureSessionCount: 2,
    failureDetails: [failure()],
    ...changes,
  };
}

interface Given {
  readonly id?: string;
  readonly startMs?: number;
  readonly policies?: readonly ReportedPolicy[];
  readonly trust?: ReportTrust;
  readonly submitter?: string;
  readonly receivedAtMs?: number;
  /** Another text of the same report. */
  readonly raw?: string;
}

function arrived(given: Given = {}): ArrivedReport {
  const { id = '1@r.example', startMs = MONDAY, policies = [entry()] } = given;
  const { submitter = 'r.example', receivedAtMs = startMs + DAY + 1_000 } = given;
  const raw = given.raw ?? JSON.stringify({ id, startMs, policies });
  return {
    report: {
      organizationName: 'R',
      contactInfo: `tls@${submitter}`,
      reportId: id,
      startMs,
      endMs: startMs + DAY,
      policies,
    },
    issues: [{ code: 'end-exclusive', severity: 'tolerated', message: 'm', ref: 'RFC 8460 §4.4' }],
    raw: Buffer.from(raw),
    receivedAtMs,
    channel: 'lmtp',
    trust: given.trust ?? VERIFIED,
    submitter,
  };
}

describe.each(ENGINES)('IntakeStore in %s', (_engine, openStore) => {
  let directory = '';
  let store: IntakeStore;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sekisho-intake-'));
    store = await openStore(directory);
  });

  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  const put = (given: Given = {}) => store.putReport(arrived(given));
  const sums = async (trust: 'verified' | 'all' = 'verified') =>
    (await store.listDayTotals({ ...SPAN, trust })).map((day) => [
      day.day,
      day.reports,
      day.successful,
      day.failed,
    ]);
  /** Every sum that there is, of both kinds of trust. */
  const everything = async () => {
    const scopes = [SPAN, { ...SPAN, domain: A }].flatMap((scope) =>
      (['verified', 'all'] as const).map((trust) => ({ ...scope, trust })),
    );
    return Promise.all(
      scopes.flatMap((scope) => [
        store.listDomainTotals(scope),
        store.listReporterTotals(scope),
        store.listDayTotals(scope),
        store.listPolicyTotals(scope),
        store.listResultTotals(scope),
        store.listMxTotals(scope),
      ]),
    );
  };

  it('knows nothing at first', async () => {
    expect((await everything()).flat()).toEqual([]);
    expect(await store.listReports(SPAN, 10)).toEqual([]);
    expect(await store.getReport('1')).toBeUndefined();
    expect(await store.getReport("1' OR 1")).toBeUndefined();
    expect(await store.countRefused(0)).toBe(0);
  });

  it('gives a report back as it came', async () => {
    const given = arrived({
      policies: [
        entry({
          failureDetails: [
            failure({ sendingMtaIp: '2001:db8::1', failureReasonCode: 'nul \0 in it' }),
            { resultType: 'odd', failedSessionCount: 0, receivingMxHelo: '250-a\r\n250 b' },
            failure({ additionalInformation: 'https://r.example/' }),
          ],
        }),
        entry({ policyType: 'no-policy-found', policyString: [], mxHost: [], failureDetails: [] }),
      ],
    });
    const outcome = await store.putReport(given);
    expect(outcome.kind).toBe('stored');
    const { report, raw, submitter, receivedAtMs, channel, trust, issues } = given;
    expect(await store.getReport(outcome.reportId)).toEqual({
      id: outcome.reportId,
      givenId: report.reportId,
      day: '2026-11-23',
      startMs: report.startMs,
      endMs: report.endMs,
      organizationName: 'R',
      contactInfo: 'tls@r.example',
      policies: report.policies,
      raw: new Uint8Array(raw),
      reports: 1,
      successful: 16,
      failed: 4,
      conflicts: 0,
      submitter,
      receivedAtMs,
      channel,
      trust,
      issues,
    });
  });

  it('counts by domain, reporter, day, type and MX, and tells the span before', async () => {
    await put({ startMs: MONDAY - DAY, id: 'before' });
    await put();
    await put({ id: '2', startMs: MONDAY + DAY, submitter: 's.example' });
    await put({ id: '3', policies: [entry({ policyDomain: B, failureDetails: [] })] });
    const domain = { domain: A, days: 2, reports: 2, successful: 16, failed: 4 };
    const before = { reports: 1, successful: 8, failed: 2 };
    expect(await store.listDomainTotals(SPAN)).toEqual([
      { ...domain, before },
      {
        domain: B,
        days: 1,
        reports: 1,
        successful: 8,
        failed: 2,
        before: { reports: 0, successful: 0, failed: 0 },
      },
    ]);
    expect(await store.listDomainTotals({ ...SPAN, domain: A })).toEqual([{ ...domain, before }]);
    expect(await store.listReporterTotals(SPAN)).toMatchObject([
      {
        submitter: 'r.example',
        days: 1,
        reports: 2,
        firstDay: '2026-11-23',
        lastDay: '2026-11-23',
      },
      {
        submitter: 's.example',
        days: 1,
        reports: 1,
        firstDay: '2026-11-24',
        lastDay: '2026-11-24',
      },
    ]);
    expect(await store.listReporterTotals({ ...SPAN, domain: B })).toMatchObject([
      { submitter: 'r.example', reports: 1, successful: 8 },
    ]);
    expect(await sums()).toEqual([
      ['2026-11-23', 2, 16, 4],
      ['2026-11-24', 1, 8, 2],
    ]);
    expect(await store.listResultTotals(SPAN)).toEqual([
      {
        domain: A,
        policyType: 'sts',
        mode: 'testing',
        resultType: 'certificate-expired',
        sessions: 4,
      },
    ]);
    const mx = {
      mxHost: 'mx1.a.example',
      address: '192.0.2.1',
      resultType: 'certificate-expired',
      sessions: 4,
      firstDay: '2026-11-23',
      lastDay: '2026-11-24',
    };
    expect(await store.listMxTotals(SPAN)).toEqual([mx]);
    expect(await store.listMxTotals({ ...SPAN, domain: A })).toEqual([mx]);
    expect(await store.listPolicyTotals({ ...SPAN, domain: A })).toEqual([
      { domain: A, policyType: 'sts', mode: 'testing', successful: 16, failed: 4 },
    ]);
    expect(await store.listFailureGroups({ ...SPAN, domain: A })).toEqual([
      {
        ...mx,
        domain: A,
        policyType: 'sts',
        mode: 'testing',
        isOutsidePolicy: false,
        reporters: ['r.example', 's.example'],
      },
    ]);
    expect(await store.listFailures(SPAN, 1)).toMatchObject([
      { day: '2026-11-24', submitter: 's.example', isVerified: true, details: failure() },
    ]);
    expect(await store.listReporterDays(SPAN)).toMatchObject([
      { submitter: 'r.example', days: ['2026-11-23'], lastReceivedAtMs: MONDAY + DAY + 1_000 },
      { submitter: 's.example', days: ['2026-11-24'] },
    ]);
    const ids = (await store.listReports({ ...SPAN, domain: A }, 10)).map(({ givenId }) => givenId);
    expect(ids).toEqual(['2', '1@r.example']);
  });

  it('keeps what is not verified apart', async () => {
    await put({ trust: UNVERIFIED });
    await put({ trust: POSTED, id: '2' });
    expect(await sums()).toEqual([]);
    expect(await sums('all')).toEqual([['2026-11-23', 2, 16, 4]]);
    expect(await store.listReports(SPAN, 10)).toEqual([]);
    expect(await store.listReports({ ...SPAN, trust: 'all' }, 10)).toHaveLength(2);
    expect(await store.listFailures({ ...SPAN, domain: A }, 10)).toEqual([]);
  });

  it('counts sessions once that stand under tlsa and under sts (RFC 8460 §4)', async () => {
    const policies = [
      entry(),
      entry({
        policyType: 'tlsa',
        policyString: ['3 1 1 AB'],
        mxHost: [],
        totalSuccessfulSessionCount: 10,
        totalFailureSessionCount: 0,
        failureDetails: [],
      }),
    ];
    await put({ policies });
    expect(await sums()).toEqual([['2026-11-23', 1, 8, 2]]);
    expect(await store.listPolicyTotals(SPAN)).toHaveLength(2);
  });

  describe('copies', () => {
    it.each([
      ['twice', VERIFIED, VERIFIED],
      ['by mail, and not verified', VERIFIED, UNVERIFIED],
      ['by POST too', VERIFIED, POSTED],
      ['by POST and by mail without a signature', POSTED, UNVERIFIED],
    ])('of a report %s count once', async (_how, first, second) => {
      const { reportId } = await put({ trust: first });
      const before = await everything();
      expect(await put({ trust: second })).toEqual({
        kind: 'duplicate',
        reportId,
        isUpgrade: false,
      });
      expect(await everything()).toEqual(before);
    });

    it.each([
      ['the same', {}],
      [
        'a forged one',
        { policies: [entry({ totalFailureSessionCount: 900, failureDetails: [] })], raw: '{}' },
      ],
    ])('that is verified takes the place of %s that is not', async (_what, forged) => {
      const { reportId } = await put({ trust: UNVERIFIED, ...forged });
      await put({ id: 'other', trust: UNVERIFIED });
      expect(await put()).toEqual({ kind: 'duplicate', reportId, isUpgrade: true });
      const upgraded = await everything();
      await store.close();
      store = await openStore(join(directory, 'again'));
      await put();
      await put({ id: 'other', trust: UNVERIFIED });
      expect(upgraded).toEqual(await everything());
      expect((await store.getReport(reportId))?.trust).toEqual(VERIFIED);
    });

    it('that say something else are kept beside the first, a few of them', async () => {
      const { reportId } = await put();
      const before = await everything();
      const other = { policies: [entry({ totalSuccessfulSessionCount: 7 })] };
      const outcome = { kind: 'duplicate', reportId, isUpgrade: false };
      for (const _again of [1, 2]) {
        expect(await put({ ...other, raw: '{"a":1}' })).toEqual({
          ...outcome,
          isConflicting: true,
        });
      }
      expect(await store.listConflicts(10)).toMatchObject([
        { reportId, submitter: 'r.example', raw: new Uint8Array(Buffer.from('{"a":1}')) },
      ]);
      for (let index = 0; index < 10; index += 1) await put({ ...other, raw: `{"b":${index}}` });
      expect(await store.listConflicts(100)).toHaveLength(5);
      expect(await store.getReport(reportId)).toMatchObject({ conflicts: 5 });
      expect(await everything()).toEqual(before);
    });

    it.each<[string, Given]>([
      ['other domains', { policies: [entry({ policyDomain: B })] }],
      ['another day', { startMs: MONDAY + DAY }],
      ['another reporter', { submitter: 's.example' }],
    ])('with the same id for %s are other reports', async (_what, other) => {
      await put();
      expect(await put(other)).toMatchObject({ kind: 'stored' });
    });
  });

  it('marks an MX host that no pattern of the policy allows (RFC 8461 §4.1)', async () => {
    const failureDetails = ['MX1.A.example.', 'x.mx1.a.example', 'old.example'].map((host) =>
      failure({ receivingMxHostname: host, resultType: 'validation-failure' }),
    );
    await put({ policies: [entry({ failureDetails })] });
    await put({ id: '2', policies: [entry({ failureDetails, mxHost: [] })] });
    const groups = await store.listFailureGroups({ ...SPAN, domain: A });
    expect(
      groups.map(({ mxHost, isOutsidePolicy, sessions }) => [mxHost, isOutsidePolicy, sessions]),
    ).toEqual([
      ['mx1.a.example', false, 4],
      ['old.example', true, 4],
      ['x.mx1.a.example', true, 4],
    ]);
  });

  it('tells failures by the policy that they happened under, and its mode', async () => {
    const failureDetails = ['new', 'dane-required'].map((resultType) => failure({ resultType }));
    const none = { policyString: ['version: STSv1', 'mode: none'] };
    await put({ policies: [entry({ failureDetails }), entry({ ...none, failureDetails })] });
    await put({ id: '2', policies: [entry({ policyType: 'no-policy-found' })] });
    await put({ id: '3', startMs: MONDAY + DAY, policies: [entry({ policyString: [] })] });
    await put({ id: '4', trust: UNVERIFIED, policies: [entry({ failureDetails })] });
    await put({ id: '5', policies: [entry({ policyDomain: B })] });
    const totals = await store.listResultTotals({ ...SPAN, domain: A });
    const found = totals.map((each) => [
      each.policyType,
      each.mode,
      each.resultType,
      each.sessions,
    ]);
    expect(found.map(String).sort()).toEqual(
      [
        ['no-policy-found', undefined, 'certificate-expired', 2],
        ['sts', undefined, 'certificate-expired', 2],
        ['sts', 'none', 'dane-required', 2],
        ['sts', 'none', 'new', 2],
        ['sts', 'testing', 'dane-required', 2],
        ['sts', 'testing', 'new', 2],
      ]
        .map(String)
        .sort(),
    );
  });

  it('survives counts and texts without measure', async () => {
    const huge = Number.MAX_SAFE_INTEGER;
    const failureDetails = Array.from({ length: 3_000 }, (_, index) =>
      failure({
        failedSessionCount: huge,
        failureReasonCode: `${index} \ud800 ${'x'.repeat(5_000)}`,
      }),
    );
    const counts = { totalSuccessfulSessionCount: huge, totalFailureSessionCount: huge };
    const policies = [entry({ ...counts, failureDetails, policyString: ['y'.repeat(100_000)] })];
    for (let index = 0; index < 3; index += 1) await put({ id: String(index), policies });
    const [total] = await store.listDomainTotals(SPAN);
    expect(total).toMatchObject({ reports: 3, successful: 3e9, failed: 3e9 });
    const [report] = await store.listReports(SPAN, 1);
    const whole = await store.getReport(report?.id ?? '');
    expect(whole?.policies[0]?.failureDetails).toHaveLength(1_001);
    expect(whole?.policies[0]?.policyString).toEqual([]);
    expect(await store.listFailureGroups({ ...SPAN, domain: A })).toHaveLength(1_000);
  });

  it('carries out what is asked for at the same time, each by itself when one fails', async () => {
    const bad = { ...arrived({ id: 'bad' }), receivedAtMs: Number.NaN };
    const outcomes = await Promise.allSettled([
      put({ id: '1' }),
      store.putReport(bad),
      put({ id: '2', submitter: 'new.example' }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await sums()).toEqual([['2026-11-23', 2, 16, 4]]);
    expect(await store.listReporterTotals(SPAN)).toHaveLength(2);
  });

  it('keeps the latest refused arrivals, cut, and counts all of them', async () => {
    const channel = 'post' as const;
    const refused = Array.from({ length: 510 }, (_, index) => ({
      receivedAtMs: MONDAY + index,
      channel,
      problems: [String(index)],
      bytes: Buffer.alloc(index === 509 ? 70_000 : 1),
    }));
    await Promise.all(refused.map((one) => store.putRefused(one)));
    const kept = await store.listRefused(1_000);
    expect([kept.length, kept[0]?.problems, kept[0]?.sizeBytes]).toEqual([500, ['509'], 65_536]);
    expect(await store.getRefusedBytes(kept[0]?.id ?? '')).toHaveLength(65_536);
    expect(await store.getRefusedBytes('1')).toBeUndefined();
    expect(await store.getRefusedBytes('none')).toBeUndefined();
    expect(await store.countRefused(MONDAY)).toBe(510);
    expect(await store.countRefused(MONDAY + 60_000)).toBe(0);
  });

  it('remembers what alerts said', async () => {
    const raised = {
      key: 'failures-reported a.example',
      code: 'failures-reported',
      subject: { domain: 'a.example' },
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
    await store.putAlerts([raised], 0);
    expect(await store.listAlerts()).toEqual([raised]);
    await store.putAlerts([{ ...raised, kind: 'over', endedAtMs: 6 }], 0);
    expect(await store.listAlerts()).toEqual([]);
  });

  it('drops raw texts first, then details, then sums, and still knows a copy', async () => {
    const { reportId } = await put({ trust: UNVERIFIED });
    await put({ trust: UNVERIFIED, raw: '{}' });
    const receivedMs = MONDAY + DAY + 1_000;
    const whole = () => store.getReport(reportId);
    await store.sweep(receivedMs + 90 * DAY);
    expect(await whole()).toHaveProperty('raw');
    await store.sweep(receivedMs + 90 * DAY + 1);
    expect(await whole()).not.toHaveProperty('raw');
    expect(await store.listConflicts(1)).toEqual([]);
    expect((await whole())?.policies).toHaveLength(1);
    await store.sweep(receivedMs + 401 * DAY);
    expect(await whole()).toMatchObject({ policies: [], issues: [], successful: 8 });
    expect(await store.listFailureGroups({ ...SPAN, domain: A, trust: 'all' })).toEqual([]);
    expect(await put()).toMatchObject({ kind: 'duplicate', isUpgrade: false });
    expect(await sums('all')).toEqual([['2026-11-23', 1, 8, 2]]);
    await store.sweep(receivedMs + 1_830 * DAY);
    expect(await whole()).toBeUndefined();
    expect(await sums('all')).toEqual([]);
  });

  it('refuses a day that is none, and calls after its end', async () => {
    await expect(store.listDayTotals({ ...SPAN, firstDay: 'today' })).rejects.toThrow(TypeError);
    const last = put();
    await store.close();
    expect(await last).toMatchObject({ kind: 'stored' });
    await expect(put()).rejects.toMatchObject({ name: 'IoError', code: 'store-closed' });
  });
});
