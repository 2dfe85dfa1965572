import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { Domain } from '@sekisho/spec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  INTAKE_STORE_FILE_NAME,
  openSqliteIntakeStore,
} from '../../packages/sekisho/src/intake/store/index.ts';
import { chooseCount, leastSeen } from '../scale.ts';
import { type IntakeProcess, startIntake } from './report/intake-process.ts';
import { connectLmtp } from './report/lmtp-client.ts';
import { mailWith, NUMBERED_DAY, numberedReport } from './report/numbered-report.ts';
import { createPostClient } from './report/post-client.ts';

const KILLS = chooseCount({ soak: 60, test: 5 });
const CLIENTS = 4;
const MOST_A_LIFE = 200;
const LONGEST_LIFE_MS = 3000;
const REPEATED = 10;
const MOST_LISTED = 10_000;

let root = '';
let directory = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sekisho-intake-kills-'));
  directory = join(root, 'intake');
});
afterAll(() => rmSync(root, { recursive: true }));

/** A door: true when it has said that the report is kept, and whether it had been before. */
type Hand = (report: Buffer) => Promise<'stored' | 'duplicate' | undefined>;

interface Doors {
  readonly hands: readonly Hand[];
  close(): void;
}

async function openDoors(intake: IntakeProcess): Promise<Doors> {
  const posting = createPostClient(intake.postPath, CLIENTS);
  const post: Hand = async (report) => {
    const answer = await posting.post(report);
    if (answer?.status !== 200) return undefined;
    return answer.body.includes('duplicate') ? 'duplicate' : 'stored';
  };
  const mailing = await Promise.all(
    Array.from({ length: CLIENTS }, () => connectLmtp(intake.lmtpPath)),
  );
  const mails = mailing
    .filter((client) => client !== undefined)
    .map(
      (client): Hand =>
        async (report) => {
          const reply = await client.deliver(mailWith(report));
          if (reply?.startsWith('250') !== true) return undefined;
          return reply.includes('before') ? 'duplicate' : 'stored';
        },
    );
  return {
    hands: [...mails, ...Array.from({ length: CLIENTS }, () => post)],
    close() {
      posting.close();
      for (const client of mailing) client?.close();
    },
  };
}

/** Numbers of reports. */
interface Life {
  readonly sent: Set<number>;
  readonly acknowledged: Set<number>;
}

/** Hands in reports by all doors at once until none answers; one in ten by another door as well. */
async function storm(
  { hands }: Doors,
  domain: string,
  { sent, acknowledged }: Life,
): Promise<void> {
  let next = 1;
  const work = async (hand: Hand): Promise<void> => {
    for (;;) {
      const isAgain = next > 10 && randomInt(10) === 0;
      const number = isAgain ? next - randomInt(1, 10) : next;
      if (!isAgain) next += 1;
      sent.add(number);
      if ((await hand(numberedReport(number, domain))) === undefined) return;
      acknowledged.add(number);
    }
  };
  await Promise.all(hands.map(work));
}

async function liveAndDie(kill: number): Promise<Life> {
  const intake = await startIntake(directory);
  const doors = await openDoors(intake);
  const life: Life = { sent: new Set(), acknowledged: new Set() };
  const storming = storm(doors, domainOf(kill), life);
  // So many reports later, however slow the machine is; every tenth while the first ones are under way.
  const most = kill % 10 === 0 ? 0 : randomInt(MOST_A_LIFE);
  const deadline = performance.now() + LONGEST_LIFE_MS;
  while (life.acknowledged.size < most && performance.now() < deadline) await delay(2);
  await delay(Math.random() * 20);
  await intake.kill('SIGKILL');
  await storming;
  doors.close();
  return life;
}

const domainOf = (kill: number): string => `kill${kill}.test`;

/** What is kept of a domain: its reports one by one, and the sum of its day. */
async function readKept(domain: string) {
  const store = await openSqliteIntakeStore({ directory, readOnly: true });
  const scope = {
    firstDay: NUMBERED_DAY,
    lastDay: NUMBERED_DAY,
    domain: domain as Domain,
    trust: 'all',
  } as const;
  const reports = await store.listReports(scope, MOST_LISTED);
  const [totals] = await store.listDomainTotals(scope);
  await store.close();
  return { numbers: reports.map(({ givenId }) => Number(givenId.split('@')[0])), totals };
}

async function judge(domain: string, { sent, acknowledged }: Life): Promise<readonly string[]> {
  const { numbers, totals } = await readKept(domain);
  const kept = new Set(numbers);
  const wrong: string[] = [];
  const lost = [...acknowledged].filter((number) => !kept.has(number));
  if (lost.length > 0) wrong.push(`acknowledged and lost: ${lost.join()}`);
  if (kept.size < numbers.length) wrong.push(`${numbers.length - kept.size} are kept twice`);
  const invented = numbers.filter((number) => !sent.has(number));
  if (invented.length > 0) wrong.push(`never sent: ${invented.join()}`);
  const sessions = numbers.reduce((sum, number) => sum + number, 0);
  if ((totals?.successful ?? 0) !== sessions)
    wrong.push(`reports tell of ${sessions} sessions, the day of ${totals?.successful ?? 0}`);
  return wrong;
}

function checkIntegrity(): readonly unknown[] {
  const database = new DatabaseSync(join(directory, INTAKE_STORE_FILE_NAME));
  const found = database.prepare('PRAGMA integrity_check').all();
  database.close();
  return found.map((row) => row['integrity_check']);
}

describe('SIGKILL while reports arrive', () => {
  it(`${KILLS} times: what was acknowledged is kept once, and a repetition is known`, async () => {
    const lives: Life[] = [];
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const life = await liveAndDie(kill);
      lives.push(life);
      expect(await judge(domainOf(kill), life), `after kill ${kill}`).toEqual([]);
      expect(checkIntegrity(), `after kill ${kill}`).toEqual(['ok']);
    }
    const intake = await startIntake(directory);
    const doors = await openDoors(intake);
    for (const [index, { acknowledged }] of lives.entries())
      for (const number of [...acknowledged].slice(-REPEATED)) {
        const report = numberedReport(number, domainOf(index + 1));
        const hand = doors.hands[number % doors.hands.length] as Hand;
        expect(await hand(report), `${number} of life ${index + 1}`).toBe('duplicate');
      }
    doors.close();
    await intake.kill('SIGTERM');
    for (const [index, life] of lives.entries())
      expect(await judge(domainOf(index + 1), life), `in the end, ${index + 1}`).toEqual([]);
    const count = (read: (life: Life) => ReadonlySet<number>): number =>
      lives.reduce((sum, life) => sum + read(life).size, 0);
    const acknowledged = count((life) => life.acknowledged);
    console.log(
      `${KILLS} kills: ${acknowledged} of ${count((life) => life.sent)} reports acknowledged, all kept once`,
    );
    expect(acknowledged).toBeGreaterThan(leastSeen(KILLS * CLIENTS));
    expect(acknowledged).toBeLessThan(count((life) => life.sent));
  });
});
