import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Domain } from '@sekisho/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlitePolicyStore, type StoredPolicy } from '../discover/store/index.ts';
import { openSqliteIntakeStore, type ReportScope } from '../intake/store/index.ts';
import { openSqlitePublishStore } from '../publish/store/index.ts';
import { openSqliteReportStore } from '../report/store/index.ts';

const FIXTURES = new URL('../../../../test/fixtures/stores/', import.meta.url);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** When they were written. */
const THEN = Date.UTC(2026, 10, 23, 12);
const [A, B, C, D] = ['a.example', 'b.example', 'c.test', 'xn--bcher-kva.example'] as [
  Domain,
  Domain,
  Domain,
  Domain,
];
const DOMAINS = [A, B, C, D];

type Reads = Readonly<Record<string, unknown>>;
interface Store {
  close(): Promise<void>;
}

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sekisho-former-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** As the fixture's JSON has it: no member that is undefined, bytes in base64. */
function plain(reads: Reads): unknown {
  return JSON.parse(
    JSON.stringify(reads, (_key, value: unknown) => {
      if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') };
      const { type, data } = Object(value) as { readonly type?: unknown; readonly data?: number[] };
      return type === 'Buffer' && data !== undefined
        ? { base64: Buffer.from(data).toString('base64') }
        : value;
    }),
  );
}

const each = <Item, Value>(items: readonly Item[], call: (item: Item) => Promise<Value>) =>
  Promise.all(items.map(call));

interface FormerStore<S extends Store> {
  readonly name: string;
  readonly open: () => Promise<S>;
  /** Every call that reads. */
  readonly readAll: (store: S) => Promise<Reads>;
  /** Writes something, and says what of the reads differs from then on. */
  readonly write: (store: S) => Promise<Reads>;
}

/** The file that the former program wrote opens, says what it said then, takes writes, and opens again. */
function proveFormer<S extends Store>({ name, open, readAll, write }: FormerStore<S>): void {
  const file = `${name}.sqlite3`;
  it(`${name}: is read whole, written to and read again`, async () => {
    copyFileSync(new URL(file, FIXTURES), join(directory, file));
    const former = JSON.parse(readFileSync(new URL(`${name}.json`, FIXTURES), 'utf8')) as Reads;
    const store = await open();
    expect(plain(await readAll(store))).toEqual(former);
    const changed = await write(store);
    await store.close();
    const again = await open();
    const expected = { ...former, ...(plain(changed) as Reads) };
    expect(plain(await readAll(again))).toEqual(expected);
    await again.close();
  });

  it(`${name}: has something in every table`, () => {
    copyFileSync(new URL(file, FIXTURES), join(directory, file));
    const database = new DatabaseSync(join(directory, file));
    const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all();
    const isEmpty = (table: unknown): boolean =>
      database.prepare(`SELECT 1 FROM ${String(table)} LIMIT 1`).get() === undefined;
    expect(tables.filter((table) => isEmpty(table['name']))).toEqual([]);
    database.close();
  });
}

describe('a store that an earlier version wrote', () => {
  proveFormer({
    name: 'policies',
    open: () => openSqlitePolicyStore({ directory }),
    readAll: async (store) => ({
      get: await each(DOMAINS, async (domain) => (await store.get(domain)) ?? null),
      history: await each(DOMAINS, (domain) => store.history(domain)),
      list: await store.list(),
      listPolicyDomains: await store.listPolicyDomains(),
      listDue: await store.listDue(THEN + DAY, 10),
      count: await store.count(),
      oldestFetchMs: await store.oldestFetchMs(THEN),
    }),
    async write(store) {
      const span = { fetchedAtMs: THEN, expiresAtMs: THEN + 9 * DAY, refreshAtMs: THEN + 2 * DAY };
      const policy: StoredPolicy = {
        policyDomain: B,
        id: 'new',
        body: 'version: STSv1\n',
        ...span,
      };
      const former = { get: await each(DOMAINS, (domain) => store.get(domain)) };
      const past = await each(DOMAINS, (domain) => store.history(domain));
      await store.putPolicy(policy);
      const [a, , c, d] = former.get;
      const b = { policyDomain: B, policy };
      const [ofA = [], ofB = [], ofC = [], ofD = []] = past;
      return {
        get: [a, b, c, d],
        history: [ofA, [{ ...policy, lastFetchedAtMs: THEN }, ...ofB], ofC, ofD],
        list: [a, b, c, d],
        listPolicyDomains: [A, B, C],
        count: 3,
      };
    },
  });

  proveFormer({
    name: 'publish',
    open: () => openSqlitePublishStore({ directory }),
    readAll: async (store) => ({
      listDomains: await store.listDomains(),
      countDomains: await store.countDomains(),
      listDueChanges: await store.listDueChanges(THEN + DAY, 10),
      listDueProbes: await store.listDueProbes(THEN + DAY, 10),
      getServed: await each(DOMAINS, async (domain) => (await store.getServed(domain)) ?? null),
      listVersions: await each(DOMAINS, (domain) => store.listVersions(domain)),
      listProbes: await each(DOMAINS, (domain) => store.listProbes(domain, 0)),
      listFetches: await each(DOMAINS, (domain) => store.listFetches(domain, 0)),
      getCertificate: await each(
        DOMAINS,
        async (domain) => (await store.getCertificate(domain)) ?? null,
      ),
      listCertificates: await store.listCertificates(10),
      listDueCertificates: await store.listDueCertificates(THEN + DAY, 10),
      listEvents: await each(DOMAINS, (domain) => store.listEvents(domain)),
      listAlerts: await store.listAlerts(),
    }),
    async write(store) {
      const event = { domain: C, atMs: THEN, code: 'seen', by: 'admin', message: 'Seen.' };
      const [ofA, ofB, , ofD] = await each(DOMAINS, (domain) => store.listEvents(domain));
      await store.recordEvent(event);
      return { listEvents: [ofA, ofB, [event], ofD] };
    },
  });

  const [day, lastDay, nextDay] = ['2026-11-21', '2026-11-22', '2026-11-23'];
  const days = [day, lastDay, nextDay] as const;
  const reportIds = ['one@a.example', 'two@a.example'];
  proveFormer({
    name: 'report',
    open: () => openSqliteReportStore({ directory }),
    readAll: async (store) => ({
      listSamples: await store.listSamples(),
      countSamples: await store.countSamples(),
      listOpenDays: await store.listOpenDays(),
      listDomains: await each(days, (one) => store.listDomains(one)),
      listSessions: await each(days, (one) =>
        each([A, B, C], (domain) => store.listSessions(one, domain)),
      ),
      listUnreported: await each(days, (one) => store.listUnreported(one)),
      listDue: await store.listDue(THEN + DAY, 10),
      nextDueAtMs: await store.nextDueAtMs(),
      listDeliveries: await each(reportIds, (id) => store.listDeliveries(id)),
      findReport: await each(reportIds, (id) => store.findReport(id)),
      listReports: await store.listReports({}),
      listSkipped: await each(days, (one) => store.listSkipped(one)),
      listDays: await store.listDays(),
      countDeliveries: await store.countDeliveries(),
    }),
    async write(store) {
      // The day before is sealed: they belong to the next.
      const [session] = await store.listSessions(nextDay, A);
      if (session === undefined) throw new TypeError('the fixture has no session');
      await store.addSessions([{ ...session, day: lastDay, count: 10 }]);
      const listed = await store.listDays();
      return {
        listSessions: await each(days, (one) =>
          each([A, B, C], (domain) => store.listSessions(one, domain)),
        ),
        listDays: listed.map((each_) =>
          each_.day === nextDay ? { ...each_, successes: session.count + 10 } : each_,
        ),
      };
    },
  });

  const all: ReportScope = { firstDay: '2026-11-01', lastDay: '2026-11-30', trust: 'all' };
  const ofA = { ...all, domain: A };
  const scopes = [all, ofA, { ...all, trust: 'verified' }] as const;
  proveFormer({
    name: 'intake',
    open: () => openSqliteIntakeStore({ directory }),
    readAll: async (store) => ({
      listDomainTotals: await each(scopes, (scope) => store.listDomainTotals(scope)),
      listReporterTotals: await each(scopes, (scope) => store.listReporterTotals(scope)),
      listResultTotals: await each(scopes, (scope) => store.listResultTotals(scope)),
      listMxTotals: await each(scopes, (scope) => store.listMxTotals(scope)),
      listDayTotals: await each(scopes, (scope) => store.listDayTotals(scope)),
      listPolicyTotals: await each(scopes, (scope) => store.listPolicyTotals(scope)),
      listFailureGroups: await store.listFailureGroups(ofA),
      listFailures: await each(scopes, (scope) => store.listFailures(scope, 100)),
      listReporterDays: await each(scopes, (scope) => store.listReporterDays(scope)),
      listReports: await each(scopes, (scope) => store.listReports(scope, 100)),
      getReport: await each(
        ['1', '2', '3', '4'],
        async (id) => (await store.getReport(id)) ?? null,
      ),
      listConflicts: await store.listConflicts(10),
      listRefused: await store.listRefused(10),
      getRefusedBytes: await store.getRefusedBytes('1'),
      countRefused: await store.countRefused(0),
      listAlerts: await store.listAlerts(),
    }),
    async write(store) {
      const [kept] = await store.listReports(ofA, 1);
      const whole = kept && (await store.getReport(kept.id));
      if (whole?.raw === undefined) throw new TypeError('the fixture has no report');
      const { givenId: reportId, startMs, endMs, policies, raw, receivedAtMs, ...rest } = whole;
      const { channel, submitter, trust } = rest;
      const report = { reportId, startMs, endMs, policies };
      const copy = { report, issues: [], raw, receivedAtMs, channel, trust, submitter };
      // It is known again: nothing is counted twice.
      await store.putReport(copy);
      const ended = (await store.listAlerts()).map((state) => ({ ...state, endedAtMs: THEN }));
      await store.putAlerts(ended, 0);
      return { listAlerts: [] };
    },
  });
});
