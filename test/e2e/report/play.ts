import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../world/wait-for.ts';
import { CASES, HEALTHY, REPORTED } from './cases.ts';
import { REPORT_DOMAIN, REPORT_MAILBOX } from './world/addresses.ts';
import { forgeReport } from './world/forged-report.ts';
import type { ReportWorld } from './world/report-world.ts';
import { explain, type Explained } from './world/explained.ts';
import { createPost, type Fate } from './world/post.ts';
import {
  countSessions,
  countDiscoveries,
  type ListedReports,
  listReceived,
  listReports,
  type ReceivedReport,
} from './world/told.ts';

const HOUR_MS = 3_600_000;
/** From ten o'clock on: the day is over, and so are grace and spread. */
const TO_NEXT_DAY_MS = 16 * HOUR_MS;
/** Sent a few seconds before the kill, just before it, while nobody collects, and after the start. */
export const AROUND_KILL = { settled: 2, last: 3, meanwhile: 1, after: 2 } as const;
/** What was told of so long ago is on the disk. */
const SETTLING_MS = 5000;
/** Sent after midnight, before the reports leave: all is well with them. */
export const NEXT_DAY_WELL = 2;
/** Sent to where the reports have gone to: TLS is broken there, and a policy demands it. */
export const NEXT_DAY_FAILING = 1;
export const FORGED_FAILURES = 1000;

/** What a day and a morning brought. */
export interface Observed {
  readonly day: string;
  readonly nextDay: string;
  /** Where the first messages to each domain are. */
  readonly mail: ReadonlyMap<string, readonly Fate[]>;
  /** Sessions that were told of by the first messages, right after the start, and at last. */
  readonly kill: { readonly before: number; readonly after: number; readonly atLast: number };
  readonly listed: ListedReports;
  readonly listedNextDay: ListedReports;
  readonly received: readonly ReceivedReport[];
  /** What the second Sekisho makes of what it received. */
  readonly explained: Explained;
}

/** Plays a day of mail with a kill in it, lets the day end, and looks at what the reported domains learn. */
export async function play(world: ReportWorld): Promise<Observed> {
  const { clock, intake, reporter, reportMailbox } = world;
  const post = createPost(world);
  const [day, nextDay] = [dayAfter(clock.nowMs(), 0), dayAfter(clock.nowMs(), 1)];
  const untilTold = (of: string, sessions: number) =>
    waitFor(`${sessions} sessions of ${of}`, () => countSessions(reporter, of) >= sessions, SLOW);

  const mail = await post.sendAll(CASES.map(({ domain, messages }) => [domain, messages]));
  const before = REPORTED.reduce((sum, { messages }) => sum + messages, 0);
  await untilTold(day, before);
  await waitFor('the discovery that failed', async () => (await countDiscoveries(world)) > 0, SLOW);

  await post.sendAll([[HEALTHY, AROUND_KILL.settled]]);
  await delay(SETTLING_MS);
  await post.sendAll([[HEALTHY, AROUND_KILL.last]]);
  await reporter.kill();
  await post.sendAll([[HEALTHY, AROUND_KILL.meanwhile]]);
  await reporter.start();
  const after = countSessions(reporter, day);
  await post.sendAll([[HEALTHY, AROUND_KILL.after]]);
  await untilTold(day, after + AROUND_KILL.after);

  clock.advance(TO_NEXT_DAY_MS);
  await post.sendAll([[HEALTHY, NEXT_DAY_WELL]]);
  await waitFor('all reports to be sent', () => areSent(listReports(reporter, day)), SLOW);
  await waitFor('all reports', () => listReceived(intake).length >= REPORTED.length, SLOW);
  // Told of after everything that was told of the mail with reports.
  const there = await post.sendAll([[REPORT_DOMAIN, NEXT_DAY_FAILING]]);
  await untilTold(nextDay, NEXT_DAY_WELL + NEXT_DAY_FAILING);

  await reportMailbox.receive(REPORT_MAILBOX, forgeReport(day, HEALTHY, FORGED_FAILURES));
  await waitFor('the forged one', () => listReceived(intake).length > REPORTED.length, SLOW);
  return {
    day,
    nextDay,
    mail: new Map([...mail, ...there]),
    kill: { before, after, atLast: countSessions(reporter, day) },
    listed: listReports(reporter, day),
    listedNextDay: listReports(reporter, nextDay),
    received: listReceived(intake),
    explained: explain(intake),
  };
}

/** A service looks at the clock every half minute. */
const SLOW = { withinMs: 240_000, everyMs: 1000 };

function areSent({ reports }: ListedReports): boolean {
  const deliveries = reports.flatMap((report) => report.deliveries);
  return deliveries.length === REPORTED.length && deliveries.every(({ state }) => state === 'sent');
}

function dayAfter(atMs: number, days: number): string {
  return new Date(atMs + days * 24 * HOUR_MS).toISOString().slice(0, 10);
}
