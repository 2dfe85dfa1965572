import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Domain } from '@sekisho/spec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openSqliteReportStore,
  type ListedReport,
  utcDayOf,
} from '../../../packages/sekisho/src/report/store/index.ts';
import { type DnsServer, startDnsServer } from '../../peers/dns-server.ts';
import { chooseCount, leastSeen } from '../../scale.ts';
import { checkReportStore } from './collected.ts';
import { type HandedOver, type RecordingSink, startRecordingSink } from './recording-sink.ts';
import { eventually, type ServiceProcess, startService } from './service-process.ts';

const KILLS = chooseCount({ soak: 60, test: 6 });
const REPORTS = chooseCount({ soak: 1000, test: 100 });
const SLOWEST_REPLY_MS = 12;
const AT_ONCE = 10;
const FIRST_WITHIN_MS = 30_000;
const SENT_WITHIN_MS = 120_000;
const DAY_MS = 86_400_000;
/** Over for so long that it is closed whatever the time. */
const day = utcDayOf(Date.now() - 2 * DAY_MS);

let root = '';
let directory = '';
let dns: DnsServer;
let sink: RecordingSink;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sekisho-send-kills-'));
  directory = join(root, 'reporter');
  dns = await startDnsServer();
  sink = await startRecordingSink(SLOWEST_REPLY_MS);
});
afterAll(async () => {
  await sink.close();
  await dns.close();
  rmSync(root, { recursive: true });
});

/** A day of sessions that is over, of which nothing is reported yet; by domain, how many there are. */
async function collectDay(): Promise<ReadonlyMap<string, number>> {
  mkdirSync(directory, { mode: 0o700 });
  const store = await openSqliteReportStore({ directory });
  const counts = new Map<string, number>();
  for (let index = 0; index < REPORTS; index += 1) {
    const domain = `d${index}.test`;
    const record = `v=TLSRPTv1; rua=mailto:reports@${domain}`;
    const count = randomInt(1, 1000);
    counts.set(domain, count);
    dns.set(`_smtp._tls.${domain}`, 'TXT', [record]);
    await store.addSessions([
      {
        day,
        domain: domain as Domain,
        record,
        source: 'datagram',
        policy: {
          policyType: 'no-policy-found',
          policyDomain: domain,
          policyString: [],
          mxHost: [],
        },
        isSuccess: true,
        failures: [],
        count,
      },
    ]);
  }
  await store.close();
  return counts;
}

const start = (): Promise<ServiceProcess> =>
  startService('report', {
    directory,
    environment: {
      SEKISHO_DNS_SERVERS: dns.address,
      SEKISHO_REPORT_CONTACT: 'tls-reports@sender.test',
      SEKISHO_REPORT_SPREAD_MINUTES: '0',
      SEKISHO_REPORT_MAIL_PORT: String(sink.port),
      SEKISHO_REPORT_MAIL_TLS: 'off',
      SEKISHO_REPORT_LIMITS_AT_ONCE: String(AT_ONCE),
      SEKISHO_REPORT_LIMITS_HOST_GAP_MS: '0',
    },
  });

/** Every fifth dies while it makes reports or sees what an earlier one left; the others while they send. Gives when. */
async function liveAndDie(kill: number): Promise<number> {
  const service = await start();
  const known = sink.connections;
  if (kill % 5 > 0)
    await eventually(
      () => sink.connections > known,
      FIRST_WITHIN_MS,
      () => `nothing is sent: ${service.log}`,
    );
  await delay(randomInt(200));
  await service.kill('SIGKILL');
  return performance.now();
}

async function readReports(): Promise<readonly ListedReport[]> {
  const store = await openSqliteReportStore({ directory, readOnly: true });
  const reports = await store.listReports({ day, limit: 10 * REPORTS });
  await store.close();
  return reports;
}

async function countUnsettled(): Promise<number> {
  const store = await openSqliteReportStore({ directory, readOnly: true });
  const { waiting, held, committing } = await store.countDeliveries();
  const isClosed = (await store.listOpenDays()).length === 0;
  await store.close();
  return waiting + held + committing + (isClosed ? 0 : 1);
}

/** The life in which it was handed over, counted from 0; the one that no kill ended is the last. */
const lifeOf = ({ beganAtMs }: HandedOver, kills: readonly number[]): number =>
  kills.filter((killedAtMs) => killedAtMs < beganAtMs).length;

/** Uncertain is what was on its way when its life was ended: so many at most, and nothing where no kill came. */
function judgeUncertain(
  reports: readonly ListedReport[],
  handedOver: readonly HandedOver[],
  kills: readonly number[],
): readonly string[] {
  const uncertain = reports.filter(({ deliveries }) => deliveries[0]?.state === 'uncertain');
  const lives = uncertain.map(({ report }) => {
    const last = handedOver.findLast(({ reportId }) => reportId === report.reportId);
    return last === undefined ? 'none' : lifeOf(last, kills);
  });
  return [...new Set(lives)].flatMap((life) => {
    const count = lives.filter((each) => each === life).length;
    const most = life === 'none' || life === kills.length ? 0 : AT_ONCE;
    return count > most ? [`${count} are uncertain of life ${life}`] : [];
  });
}

function judge(
  { report, deliveries }: ListedReport,
  handedOver: readonly HandedOver[],
): readonly string[] {
  const mine = handedOver.filter(({ reportId }) => reportId === report.reportId);
  const whole = mine.filter(({ isComplete }) => isComplete);
  const states = deliveries.map(({ state }) => state).join();
  const wrong: string[] = [];
  if (whole.length > 1) wrong.push(`${whole.length} times received`);
  if (states === 'sent' && whole[0]?.isAnswered !== true) wrong.push('sent, and not received');
  if (states !== 'sent' && states !== 'uncertain') wrong.push(`it is ${states}`);
  return wrong.map((what) => `${report.reportId}: ${what}`);
}

describe('SIGKILL while reports are made and sent (RFC 8460 §5.3)', () => {
  it(`${KILLS} times: no report is sent twice, and none is forgotten`, async () => {
    const counts = await collectDay();
    const kills: number[] = [];
    for (let kill = 1; kill <= KILLS; kill += 1) {
      kills.push(await liveAndDie(kill));
      expect(checkReportStore(directory), `after kill ${kill}`).toEqual(['ok']);
    }
    const before = sink.messages.filter(({ isComplete }) => isComplete).length;
    const service = await start();
    await eventually(
      async () => (await countUnsettled()) === 0,
      SENT_WITHIN_MS,
      () => `not all reports were sent: ${service.log}`,
    );
    await service.kill('SIGTERM');

    const reports = await readReports();
    expect(reports.flatMap((each) => judge(each, sink.messages))).toEqual([]);
    expect(judgeUncertain(reports, sink.messages, kills)).toEqual([]);
    // One for each domain, with all that was collected, however often making them was interrupted.
    const made = reports.map(({ report }) => [report.domain, report.successes] as const);
    expect(made).toHaveLength(REPORTS);
    expect(new Map(made)).toEqual(counts);
    const ids = sink.messages.filter(({ isComplete }) => isComplete).map((each) => each.messageId);
    expect(new Set(ids).size).toBe(ids.length);
    const uncertain = reports.filter(({ deliveries }) => deliveries[0]?.state === 'uncertain');
    const arrived = uncertain.filter(({ report }) =>
      sink.messages.some((each) => each.reportId === report.reportId && each.isComplete),
    );
    console.log(
      `${KILLS} kills: ${before} of ${REPORTS} reports left before the last life; ` +
        `${uncertain.length} are uncertain, of which ${arrived.length} had arrived`,
    );
    expect(uncertain.length).toBeGreaterThanOrEqual(leastSeen(1));
    expect(before).toBeGreaterThan(leastSeen(KILLS));
    expect(before).toBeLessThan(REPORTS);
  });
});
