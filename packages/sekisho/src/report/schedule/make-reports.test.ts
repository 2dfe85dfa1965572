import { describe, expect, it } from 'vitest';
import type { DeliveryState } from '../store/index.ts';
import { countedFor, createFakeWorld, type FakeWorld } from './fake-world.ts';

const DAY = '2026-11-23';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MIDNIGHT = Date.UTC(2026, 10, 24);

async function statesOf(world: FakeWorld): Promise<readonly DeliveryState[]> {
  const all = await world.store.listReports({});
  return all.flatMap(({ deliveries }) => deliveries.map(({ state }) => state));
}

describe('createReporter: making (RFC 8460 §4.1)', () => {
  it('makes and sends the reports of a day that is over, and none of the running one', async () => {
    const world = createFakeWorld();
    await world.store.addSessions([
      countedFor('a.example', { count: 5 }),
      countedFor('b.example'),
      countedFor('a.example', { day: '2026-11-24' }),
    ]);
    const reporter = world.createReporter();
    await reporter.start();
    await world.clock.advance(12 * HOUR);
    expect(await world.store.listReports({})).toEqual([]);
    await world.clock.advance(5 * HOUR);
    await reporter.close();
    expect(world.arrived.map(({ parcel }) => parcel.destination).toSorted()).toEqual([
      'mailto:tls@a.example',
      'mailto:tls@b.example',
    ]);
    const [first] = world.arrived.filter(({ parcel }) => parcel.policyDomain === 'a.example');
    expect(first?.parcel).toMatchObject({ startMs: MIDNIGHT - 24 * HOUR, endMs: MIDNIGHT });
    expect(JSON.parse(first?.parcel.json ?? '')).toMatchObject({
      'report-id': first?.parcel.reportId,
    });
    expect(await world.store.listOpenDays()).toEqual(['2026-11-24']);
    expect(await statesOf(world)).toEqual(['sent', 'sent']);
    expect(await reporter.counts()).toMatchObject({ made: 2, sent: 2, waiting: 0 });
  });

  it('waits for late sessions of the day, and passes later ones on to the next', async () => {
    const world = createFakeWorld(MIDNIGHT);
    await world.store.addSessions([countedFor('a.example', { count: 1 })]);
    const reporter = world.createReporter({ graceMs: 5 * MINUTE, pollMs: MINUTE });
    await reporter.start();
    await world.clock.advance(4 * MINUTE);
    await world.store.addSessions([countedFor('a.example', { count: 10 })]);
    await world.clock.advance(2 * MINUTE);
    await world.store.addSessions([countedFor('a.example', { count: 100 })]);
    await reporter.close();
    expect(await world.store.listReports({})).toMatchObject([{ report: { successes: 11 } }]);
    expect(await world.store.listSessions('2026-11-24', 'a.example' as never)).toMatchObject([
      { count: 100 },
    ]);
  });

  it('RPT-4.1-2: spreads first attempts evenly, the same way each time', async () => {
    const run = async (): Promise<readonly number[]> => {
      const world = createFakeWorld(MIDNIGHT);
      const domains = Array.from({ length: 200 }, (_, index) => `d${index}.example`);
      await world.store.addSessions(domains.map((domain) => countedFor(domain)));
      const reporter = world.createReporter({ pollMs: MINUTE });
      await reporter.start();
      await world.clock.advance(4 * HOUR + 10 * MINUTE);
      await reporter.close();
      return world.arrived.map(({ atMs }) => atMs - MIDNIGHT);
    };
    const times = await run();
    expect(times).toHaveLength(200);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(5 * MINUTE);
    const quarters = [0, 1, 2, 3].map(
      (quarter) => times.filter((at) => Math.floor((at - 5 * MINUTE) / HOUR) === quarter).length,
    );
    expect(Math.min(...quarters)).toBeGreaterThan(30);
    expect(await run()).toEqual(times);
  });

  it('asks again for a record that the DNS does not tell, then takes the one seen last', async () => {
    const world = createFakeWorld(MIDNIGHT);
    await world.store.addSessions([countedFor('a.example'), countedFor('b.example')]);
    world.records.set('a.example', { kind: 'unreachable' });
    const reporter = world.createReporter({ spreadMs: 0, lookupRetryMs: 2 * HOUR });
    await reporter.start();
    await world.clock.advance(2 * HOUR);
    expect(world.arrived.map(({ parcel }) => parcel.policyDomain)).toEqual(['b.example']);
    expect(await world.store.listOpenDays()).toEqual([DAY]);
    await world.clock.advance(HOUR);
    await reporter.close();
    expect(world.arrived.map(({ parcel }) => parcel.policyDomain)).toEqual([
      'b.example',
      'a.example',
    ]);
    expect(world.lookups.filter((domain) => domain === 'a.example').length).toBeGreaterThan(6);
    expect(await world.store.listOpenDays()).toEqual([]);
  });

  it('takes a lookup that fails for one without an answer', async () => {
    const world = createFakeWorld(MIDNIGHT);
    await world.store.addSessions([countedFor('a.example')]);
    world.records.set('a.example', undefined as never);
    Object.defineProperty(world.records, 'get', {
      value: () => {
        throw new Error('no resolver');
      },
    });
    const reporter = world.createReporter({ lookupRetryMs: 0, spreadMs: 0 });
    await reporter.start();
    await world.clock.advance(HOUR);
    await reporter.close();
    expect(world.arrived).toHaveLength(1);
  });

  it('keeps why there is none, and closes the day', async () => {
    const world = createFakeWorld(MIDNIGHT);
    await world.store.addSessions([countedFor('a.example')]);
    world.records.set('a.example', { kind: 'none' });
    const reporter = world.createReporter();
    await reporter.start();
    await world.clock.advance(HOUR);
    await reporter.close();
    expect(await world.store.listSkipped(DAY)).toMatchObject([{ why: 'no-record' }]);
    expect(await world.store.listOpenDays()).toEqual([]);
    expect(await reporter.counts()).toMatchObject({ made: 0, skipped: 1 });
  });

  it('reports days that were missed, oldest first, and forgets old ones', async () => {
    const world = createFakeWorld(MIDNIGHT);
    const days = ['2026-10-01', '2026-11-20', '2026-11-21'];
    await world.store.addSessions(days.map((day) => countedFor('a.example', { day })));
    const reporter = world.createReporter({ spreadMs: 0 });
    await reporter.start();
    await world.clock.advance(HOUR);
    await reporter.close();
    expect(world.arrived.map(({ parcel }) => parcel.reportId.slice(0, 8))).toEqual(
      expect.arrayContaining(['20261120', '20261121']),
    );
    expect((await world.store.listDays()).map(({ day }) => day)).toEqual([
      '2026-11-21',
      '2026-11-20',
    ]);
  });

  it('lets one domain that cannot be reported not stand in the way of others', async () => {
    const world = createFakeWorld(MIDNIGHT);
    const count = Number.MAX_SAFE_INTEGER;
    const much = countedFor('a.example', { count });
    const more = countedFor('a.example', { source: 'log', count });
    await world.store.addSessions([much, more, countedFor('b.example')]);
    const reporter = world.createReporter({ spreadMs: 0 });
    await reporter.start();
    await world.clock.advance(HOUR);
    await reporter.close();
    expect(world.arrived.map(({ parcel }) => parcel.policyDomain)).toEqual(['b.example']);
    expect(world.log.entries).toContainEqual(
      expect.objectContaining({ level: 'error', event: 'report cannot be made' }),
    );
  });
});
