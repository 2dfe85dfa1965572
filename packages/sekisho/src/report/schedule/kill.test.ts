import { describe, expect, it } from 'vitest';
import type { ReportStore } from '../store/index.ts';
import { countedFor, createFakeWorld, type FakeWorld } from './fake-world.ts';

const HOUR = 3_600_000;
const MIDNIGHT = Date.UTC(2026, 10, 24);
const DOMAINS = ['a.example', 'b.example'];

/** The store of a process that is killed at its n-th call: before the call does anything, or right after it has. */
function killedAt(store: ReportStore, calls: number, when: 'before' | 'after') {
  let left = calls;
  const wrap = (call: (...args: never[]) => Promise<unknown>) => {
    return async (...args: never[]): Promise<unknown> => {
      left -= 1;
      if (left < 0 || (left === 0 && when === 'before')) throw new Error('killed');
      const result = await call(...args);
      if (left <= 0) throw new Error('killed');
      return result;
    };
  };
  const entries = Object.entries(store).map(([name, call]) => [name, wrap(call)]);
  return { store: Object.fromEntries(entries) as ReportStore, isDead: () => left <= 0 };
}

async function runUntilKilled(
  world: FakeWorld,
  calls: number,
  when: 'before' | 'after',
): Promise<boolean> {
  const { store, isDead } = killedAt(world.store, calls, when);
  const reporter = world.createReporter({ spreadMs: HOUR, pollMs: HOUR / 2 }, store);
  await reporter.start().catch(() => undefined);
  for (let step = 0; step < 12 && !isDead(); step += 1) await world.clock.advance(HOUR / 4);
  await reporter.close();
  return isDead();
}

/** What the store calls sent has arrived, what has arrived is sent or uncertain, and nothing arrived twice. */
async function expectTrueBooks(world: FakeWorld): Promise<void> {
  const arrived = world.arrived.map(({ parcel }) => `${parcel.reportId} ${parcel.destination}`);
  expect(new Set(arrived).size).toBe(arrived.length);
  const deliveries = (await world.store.listReports({})).flatMap((each) => each.deliveries);
  const inState = (...states: readonly string[]): readonly string[] =>
    deliveries
      .filter(({ state }) => states.includes(state))
      .map(({ reportId, uri }) => `${reportId} ${uri}`);
  expect(arrived).toEqual(expect.arrayContaining([...inState('sent')]));
  expect(inState('sent', 'uncertain')).toEqual(expect.arrayContaining(arrived));
  expect(inState('sent', 'uncertain')).toHaveLength(2 * DOMAINS.length);
}

async function sessionsIn(world: FakeWorld): Promise<number> {
  const reports = await world.store.listReports({});
  return reports.reduce((sum, { report }) => sum + report.successes + report.failures, 0);
}

async function prepared(): Promise<FakeWorld> {
  const world = createFakeWorld(MIDNIGHT);
  await world.store.addSessions(
    DOMAINS.flatMap((domain) => [
      countedFor(domain, { count: 5 }),
      countedFor(domain, { isSuccess: false, count: 2 }),
    ]),
  );
  for (const domain of DOMAINS) {
    const rua = `mailto:tls@${domain},https://reports.${domain}/x`;
    world.records.set(domain, { kind: 'record', text: `v=TLSRPTv1; rua=${rua}` });
  }
  return world;
}

describe.each(['before', 'after'] as const)('a reporter killed %s a call of its store', (when) => {
  it('sends nothing twice and loses no session, whichever call it is', async () => {
    let calls = 0;
    let uncertain = 0;
    for (let wasKilled = true; wasKilled; ) {
      calls += 1;
      const world = await prepared();
      wasKilled = await runUntilKilled(world, calls, when);
      const second = world.createReporter({ spreadMs: 0, pollMs: HOUR / 2 });
      await second.start();
      await world.clock.advance(4 * HOUR);
      await second.close();

      await expectTrueBooks(world);
      expect(await sessionsIn(world)).toBe(DOMAINS.length * 7);
      const states = await world.store.countDeliveries();
      expect(await world.store.listOpenDays()).toEqual([]);
      uncertain += states.uncertain;
    }
    // Every call was reached, the one between the last byte and the answer among them.
    expect(calls).toBeGreaterThan(30);
    expect(uncertain).toBeGreaterThan(0);
  });

  it('survives being killed again and again', async () => {
    const world = await prepared();
    let kills = 0;
    for (let calls = 2; await runUntilKilled(world, calls, when); calls += 1) kills += 1;
    await expectTrueBooks(world);
    expect(await sessionsIn(world)).toBe(DOMAINS.length * 7);
    expect(kills).toBeGreaterThan(3);
  });
});
