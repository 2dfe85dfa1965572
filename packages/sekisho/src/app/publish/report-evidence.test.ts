import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Domain, type TlsReport, parseTlsReport } from '@sekisho/spec';
import { expect, it, onTestFinished } from 'vitest';
import { publishVersion } from '../../../../../test/peers/publish-changes.ts';
import { createFakeClock } from '../../io/clock/index.ts';
import { createFakeResolver, fakeAnswer } from '../../io/dns/index.ts';
import { openSqliteIntakeStore, type ReportTrust } from '../../intake/store/index.ts';
import { openMemoryPublishStore } from '../../publish/store/index.ts';
import { createGates } from '../../publish/index.ts';
import { loadSettings } from '../config/index.ts';
import { enterRole } from '../state/enter-role.ts';
import { placeOf, type RolePlace } from '../state/index.ts';
import { createReportEvidence } from './report-evidence.ts';

const DAY_MS = 86_400_000;
const DOMAIN = 'example.com' as Domain;
const VERIFIED: ReportTrust = {
  kind: 'verified',
  signedBy: 'example.net',
  selector: 's1',
  keyService: '*',
};

function makeReport(id: string, atMs: number, failed: number): TlsReport {
  const day = new Date(atMs).toISOString().slice(0, 10);
  const parsed = parseTlsReport(
    JSON.stringify({
      'organization-name': 'Example Net',
      'date-range': { 'start-datetime': `${day}T00:00:00Z`, 'end-datetime': `${day}T23:59:59Z` },
      'contact-info': 'tls@example.net',
      'report-id': id,
      policies: [
        {
          policy: {
            'policy-type': 'sts',
            'policy-string': ['version: STSv1', 'mode: testing', 'mx: mx.a.test', 'max_age: 86400'],
            'policy-domain': DOMAIN,
            'mx-host': ['mx.a.test'],
          },
          summary: { 'total-successful-session-count': 5, 'total-failure-session-count': failed },
          'failure-details':
            failed === 0
              ? []
              : [{ 'result-type': 'certificate-expired', 'failed-session-count': failed }],
        },
      ],
    }),
  );
  if (!parsed.ok) throw new Error(parsed.issues[0]?.message);
  return parsed.value;
}

const NOTHING = 'No TLS reports are taken in here.';

async function askAnew(place: RolePlace) {
  const reports = createReportEvidence(place);
  const answer = await reports.summarise(DOMAIN, 0);
  await reports.close();
  return answer;
}

/** A domain in testing, and what its gate says of reports. */
async function start() {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'sekisho-evidence-'));
  const clock = createFakeClock(Date.UTC(2026, 10, 24, 12));
  const store = await openMemoryPublishStore();
  const resolver = createFakeResolver({
    'mx example.com': fakeAnswer([{ preference: 10, exchange: 'mx.a.test' }]),
  });
  const draft = {
    id: 'a1',
    body: 'version: STSv1\r\nmode: testing\r\nmx: mx.a.test\r\nmax_age: 86400\r\n',
    mode: 'testing',
    maxAgeSeconds: 86_400,
    mx: ['mx.a.test'],
    createdBy: 'admin',
    overrides: [],
    purpose: 'set',
  } as const;
  const version = await publishVersion(store, DOMAIN, draft, clock.now(), []);
  const environment = { SEKISHO_STATE_DIRECTORY: stateDirectory };
  const place = placeOf(loadSettings({ environment }).settings, 'intake');
  const reports = createReportEvidence(place);
  onTestFinished(async () => {
    await reports.close();
    await store.close();
    rmSync(stateDirectory, { recursive: true });
  });
  const gatesOf = createGates({ clock, store, resolver, reports, days: 14 });
  const gate = async () =>
    (await gatesOf(DOMAIN, version)).find(({ code }) => code === 'reports-clean');
  const receive = async (
    id: string,
    failed: number,
    trust: ReportTrust,
    { directory } = place,
  ): Promise<void> => {
    const intake = await openSqliteIntakeStore({ directory });
    const report = makeReport(id, clock.now() - DAY_MS, failed);
    await intake.putReport({
      report,
      issues: [],
      raw: Buffer.from('{}'),
      receivedAtMs: clock.now(),
      channel: 'lmtp',
      trust,
      submitter: 'example.net',
    });
    await intake.close();
  };
  return { clock, gate, receive, place, stateDirectory };
}

it('goes from unknown to shut with verified failures, and to open when only clean days are left', async () => {
  const { clock, gate, receive } = await start();
  expect(await gate()).toMatchObject({
    state: 'unknown',
    evidence: [NOTHING],
  });
  await receive('1', 3, { kind: 'unverified', why: 'it has no DKIM signature' });
  const apart = await gate();
  expect(apart?.state).toBe('unknown');
  expect(apart?.evidence[0]).toContain('1 that nobody signed for are kept apart');
  await receive('2', 3, VERIFIED);
  const shut = await gate();
  expect(shut?.state).toBe('shut');
  expect(shut?.evidence[0]).toContain('enforce would have stopped 3: certificate-expired 3');
  await clock.advance(16 * DAY_MS);
  await receive('3', 0, VERIFIED);
  expect(await gate()).toMatchObject({ state: 'open' });
});

it('looks again at a store that is replaced, and says so of one that cannot be read', async () => {
  const { gate, receive, place } = await start();
  await receive('1', 3, VERIFIED);
  expect((await gate())?.state).toBe('shut');
  const file = join(place.directory, place.storeName);
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
  expect(await gate()).toMatchObject({ state: 'unknown', evidence: [NOTHING] });
  writeFileSync(file, 'this is no database at all, but a text');
  const damaged = await gate();
  expect(damaged?.state).toBe('unknown');
  expect(damaged?.evidence[0]).toContain('The received reports cannot be read. Cannot open');
  expect(damaged?.remedy).toContain('nobody knows whether they tell of failures');
});

it('tells a store of a later version, and a directory that is none, from no store', async () => {
  const { gate, receive, place, stateDirectory } = await start();
  await receive('1', 0, VERIFIED);
  expect((await gate())?.state).toBe('open');
  const database = new DatabaseSync(join(place.directory, place.storeName));
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  database.exec(`PRAGMA user_version = ${String(version + 1)}`);
  database.close();
  // Opened anew, as the publisher does at its next start.
  const later = await askAnew(place);
  expect(later).toMatchObject({ kind: 'unknown' });
  expect(JSON.stringify(later)).toContain(`its schema has version ${String(version + 1)}`);
  rmSync(place.directory, { recursive: true });
  writeFileSync(place.directory, '');
  expect(JSON.stringify(await askAnew(place))).toContain('what should be its directory is none');
  rmSync(place.directory);
  expect(await askAnew(place)).toEqual({ kind: 'none', because: NOTHING });
  expect(existsSync(join(stateDirectory, 'intake'))).toBe(false);
});

it('reads where reports were kept before roles had directories, and does not keep that file open', async () => {
  const { gate, receive, place, stateDirectory } = await start();
  await receive('1', 3, VERIFIED, { ...place, directory: stateDirectory });
  expect((await gate())?.state).toBe('shut');
  const role = enterRole(place);
  expect(role.takenOver.moved).toEqual(['intake.sqlite3']);
  expect((await gate())?.state).toBe('shut');
  role.leave();
});
