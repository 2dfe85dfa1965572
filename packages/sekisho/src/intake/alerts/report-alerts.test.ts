import type { FailureDetails } from '@sekisho/spec';
import { expect, it, onTestFinished } from 'vitest';
import { createFakeClock } from '../../io/clock/index.ts';
import { openMemoryIntakeStore, type ReportTrust } from '../store/index.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import { AlertBook, type AlertState } from '../../alert/index.ts';
import { INTAKE_ALERTS, ReportAlerts, type ReportAlertsOptions } from './index.ts';

const DAY = 86_400_000;
const VERIFIED: ReportTrust = {
  kind: 'verified',
  signedBy: 'r.example',
  selector: 's',
  keyService: '*',
};

async function start(options: Partial<ReportAlertsOptions> = {}) {
  const clock = createFakeClock(Date.UTC(2026, 10, 23, 12));
  const store = await openMemoryIntakeStore();
  onTestFinished(() => store.close());
  const log = createMemoryLog();
  const told: AlertState[] = [];
  const book = await AlertBook.open({ store, clock, log, rules: INTAKE_ALERTS });
  onTestFinished(() => book.close());
  book.onNews(() => {
    for (const news of book.undelivered()) {
      told.push(news);
      book.confirm(news, ['test'], true);
    }
  });
  const alerts = new ReportAlerts({ store, clock, log, alerts: book, ...options });
  let count = 0;
  const put = (
    successful: number,
    failed: number,
    {
      details = {},
      trust = VERIFIED,
      submitter = 'r.example',
    }: {
      readonly details?: Partial<FailureDetails>;
      readonly trust?: ReportTrust;
      readonly submitter?: string;
    } = {},
  ) => {
    const startMs = Math.floor(clock.now() / DAY) * DAY - DAY;
    count += 1;
    const entry = {
      policyType: 'sts',
      policyString: ['mode: testing'],
      policyDomain: 'a.example',
      mxHost: [],
      totalSuccessfulSessionCount: successful,
      totalFailureSessionCount: failed,
      failureDetails: [
        { resultType: 'certificate-expired', failedSessionCount: failed, ...details },
      ],
    };
    return store.putReport({
      report: { reportId: String(count), startMs, endMs: startMs + DAY, policies: [entry] },
      issues: [],
      raw: Buffer.from(String(count)),
      receivedAtMs: clock.now(),
      channel: 'lmtp',
      trust,
      submitter,
    });
  };
  const check = async () => {
    await alerts.check();
    return told.splice(0).map(({ code, kind }) => `${code} ${kind}`);
  };
  const close = () => book.close();
  return { clock, store, log, told, alerts, put, check, close };
}

it.each<[number, number, boolean]>([
  [95, 5, true],
  [96, 4, false],
  [10_000, 10, true],
  [10_000, 9, false],
  [0, 1, true],
  [5, 0, false],
])('%i successes and %i failures of a day: told is %j', async (successful, failed, isTold) => {
  const { put, check } = await start();
  await put(successful, failed);
  expect(await check()).toEqual(isTold ? ['failures-reported raised'] : []);
});

it('tells once, again for something new, and when it is over', async () => {
  const { clock, put, check, alerts, told } = await start();
  await put(10, 10);
  await alerts.check();
  expect(told.splice(0)).toMatchObject([
    {
      key: 'failures-reported a.example',
      severity: 'error',
      subject: { domain: 'a.example' },
      message: expect.stringContaining('a.example: 10 of 20 sessions failed since 2026-11-22.'),
      remedy: expect.stringContaining('Renew it'),
    },
  ]);
  expect(await check()).toEqual([]);
  await clock.advance(DAY);
  await put(10, 12);
  expect(await check()).toEqual([]);
  await put(10, 1, { details: { resultType: 'starttls-not-supported' } });
  expect(await check()).toEqual(['failures-reported changed']);
  expect(await check()).toEqual([]);
  await clock.advance(4 * DAY);
  expect(await check()).toEqual([]);
  await put(10, 0);
  expect(await check()).toEqual(['failures-reported over']);
  expect(await check()).toEqual([]);
});

it('believes verified reports alone, and those about our domains', async () => {
  const forged = await start();
  await forged.put(0, 100, { trust: { kind: 'unauthenticated' } });
  expect(await forged.check()).toEqual([]);
  const foreign = await start({ concerns: () => false });
  await foreign.put(0, 100);
  expect(await foreign.check()).toEqual([]);
});

it('misses a reporter by its own cadence, and greets it again', async () => {
  const { clock, put, check } = await start();
  for (let day = 0; day < 6; day += 1) {
    await put(10, 0);
    await put(10, 0, { submitter: 's.example' });
    await clock.advance(DAY);
  }
  const found: string[] = [];
  for (let day = 0; day < 5; day += 1) {
    await put(10, 0);
    found.push(...(await check()));
    await clock.advance(DAY);
  }
  expect(found).toEqual(['reporter-silent raised']);
  await put(10, 0, { submitter: 's.example' });
  await put(10, 0);
  expect(await check()).toEqual(['reporter-silent over']);
});

it('tells of a burst of refused arrivals', async () => {
  const { clock, store, check } = await start();
  const refused = { channel: 'post' as const, problems: ['no JSON'], bytes: Buffer.alloc(1) };
  const refuse = () => store.putRefused({ ...refused, receivedAtMs: clock.now() });
  for (let index = 0; index < 49; index += 1) await refuse();
  expect(await check()).toEqual([]);
  await refuse();
  expect(await check()).toEqual(['refused-burst raised']);
  expect(await check()).toEqual([]);
  await clock.advance(2 * 3_600_000);
  expect(await check()).toEqual(['refused-burst over']);
});

it('tells the log as well, and looks by the clock until it is closed', async () => {
  const { alerts, clock, log, put, told } = await start();
  await put(0, 5);
  alerts.start();
  await clock.advance(1);
  expect(log.entries).toMatchObject([
    { level: 'error', event: 'TLS reports', fields: { code: 'failures-reported', kind: 'raised' } },
  ]);
  await put(0, 5, { details: { resultType: 'starttls-not-supported' } });
  await clock.advance(600_000);
  expect(told.map(({ kind }) => kind)).toEqual(['raised', 'changed']);
  await alerts.close();
  await put(0, 5, { details: { resultType: 'sts-policy-fetch-error' } });
  await clock.advance(1_200_000);
  expect(told).toHaveLength(2);
});

it('tells nothing twice after a restart', async () => {
  const { alerts, clock, log, store, put, told, close } = await start();
  await put(0, 5);
  await alerts.check();
  expect(told).toHaveLength(1);
  await close();
  const book = await AlertBook.open({ store, clock, log, rules: INTAKE_ALERTS });
  await new ReportAlerts({ store, clock, log, alerts: book }).check();
  expect(book.undelivered()).toEqual([]);
  expect(book.standing()).toMatchObject([{ kind: 'raised', toldTo: ['test'] }]);
  await book.close();
});
