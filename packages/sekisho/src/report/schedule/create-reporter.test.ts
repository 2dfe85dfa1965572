import { describe, expect, it } from 'vitest';
import type { DeliveryState } from '../store/index.ts';
import { type Answer, countedFor, createFakeWorld, type FakeWorld, take } from './fake-world.ts';

const DAY = '2026-11-23';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MIDNIGHT = Date.UTC(2026, 10, 24);

const busy: Answer = async () => ({ kind: 'later', problem: '451 busy' });
const refuse: Answer = async () => ({ kind: 'refused', problem: '550 no such user' });

async function statesOf(world: FakeWorld): Promise<readonly DeliveryState[]> {
  const all = await world.store.listReports({});
  return all.flatMap(({ deliveries }) => deliveries.map(({ state }) => state));
}

describe('createReporter: sending (RFC 8460 §5.5)', () => {
  async function withReports(domains: readonly string[], rua?: string): Promise<FakeWorld> {
    const world = createFakeWorld(MIDNIGHT);
    await world.store.addSessions(domains.map((domain) => countedFor(domain)));
    for (const domain of rua === undefined ? [] : domains)
      world.records.set(domain, { kind: 'record', text: `v=TLSRPTv1; rua=${rua}` });
    return world;
  }

  it('RPT-5.5-1, RPT-5.5-2: tries at growing intervals for 24 hours, then gives up', async () => {
    const world = await withReports(['a.example']);
    world.answers.set('a.example', busy);
    const reporter = world.createReporter({ spreadMs: 0, pollMs: MINUTE });
    await reporter.start();
    await world.clock.advance(30 * HOUR);
    await reporter.close();
    const times = world.attempts.map(({ atMs }) => atMs - (world.attempts[0]?.atMs ?? 0));
    expect(times.slice(0, 4)).toEqual([0, 5 * MINUTE, 15 * MINUTE, 35 * MINUTE]);
    expect(times.at(-1)).toBe(24 * HOUR);
    expect(times).toHaveLength(12);
    expect(await world.store.listReports({})).toMatchObject([
      { deliveries: [{ state: 'given-up', attempts: 12, lastProblem: '451 busy' }] },
    ]);
    expect(await reporter.counts()).toMatchObject({ givenUp: 1, failedAttempts: 12, waiting: 0 });
  });

  it('stops trying as soon as it is taken', async () => {
    const world = await withReports(['a.example']);
    let asked = 0;
    world.answers.set('a.example', async (...args) => {
      asked += 1;
      return asked < 3 ? busy(...args) : take(...args);
    });
    const reporter = world.createReporter({ spreadMs: 0, pollMs: MINUTE });
    await reporter.start();
    await world.clock.advance(30 * HOUR);
    await reporter.close();
    expect(asked).toBe(3);
    expect(await statesOf(world)).toEqual(['sent']);
  });

  it('gives up at once what is refused, and retries it by order', async () => {
    const world = await withReports(['a.example']);
    world.answers.set('a.example', refuse);
    const reporter = world.createReporter({ spreadMs: 0 });
    await reporter.start();
    await world.clock.advance(HOUR);
    expect(world.attempts).toHaveLength(1);
    expect(await statesOf(world)).toEqual(['given-up']);
    const [found] = await world.store.listReports({});
    const reportId = found?.report.reportId ?? '';
    world.answers.delete('a.example');
    expect(await reporter.retry('other@example.net')).toEqual({ kind: 'not-found' });
    expect(await reporter.retry(reportId)).toEqual({ kind: 'ordered', deliveries: 1 });
    await world.clock.advance(0);
    expect(await statesOf(world)).toEqual(['sent']);
    expect(await reporter.retry(reportId)).toEqual({ kind: 'nothing-to-do' });
    await reporter.close();
  });

  it.each<['all' | 'first', readonly DeliveryState[], number]>([
    ['all', ['given-up', 'sent', 'sent'], 2],
    ['first', ['given-up', 'sent', 'spared'], 1],
  ])('RPT-3-22, RPT-3-23, RPT-3-24: %s destinations', async (destinations, states, arrived) => {
    const world = await withReports(
      ['a.example'],
      'https://w.example/x,mailto:a@x.example,mailto:a@y.example',
    );
    world.answers.set('w.example', refuse);
    const reporter = world.createReporter({ spreadMs: 0, destinations });
    await reporter.start();
    await world.clock.advance(HOUR);
    await reporter.close();
    expect(await statesOf(world)).toEqual(states);
    expect(world.arrived).toHaveLength(arrived);
  });

  it('RPT-7-5: keeps to one at once and a gap for each destination host, and lets others pass', async () => {
    const domains = Array.from({ length: 30 }, (_, index) => `d${index}.example`);
    const world = await withReports(domains, 'mailto:tls@big.example');
    await world.store.addSessions([countedFor('z.example')]);
    let atOnce = 0;
    world.answers.set('big.example', async (parcel, options, commit) => {
      atOnce += 1;
      expect(atOnce).toBe(1);
      await new Promise<void>((done) => world.clock.after(2_000, done));
      atOnce -= 1;
      return take(parcel, options, commit);
    });
    const reporter = world.createReporter({ spreadMs: 0, concurrency: 4, hostGapMs: 1_000 });
    await reporter.start();
    await world.clock.advance(6 * MINUTE);
    expect(world.arrived.map(({ parcel }) => parcel.policyDomain)).toContain('z.example');
    await world.clock.advance(5 * MINUTE);
    await reporter.close();
    const times = world.attempts
      .filter(({ host }) => host === 'big.example')
      .map(({ atMs }) => atMs);
    expect(times).toHaveLength(30);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBe(3_000);
    expect(Math.max(...gaps)).toBe(3_000);
  });

  it('sends to so many at once, and no more', async () => {
    const world = await withReports(Array.from({ length: 20 }, (_, index) => `d${index}.example`));
    let atOnce = 0;
    let most = 0;
    for (let index = 0; index < 20; index += 1)
      world.answers.set(`d${index}.example`, async (parcel, options, commit) => {
        atOnce += 1;
        most = Math.max(most, atOnce);
        await new Promise<void>((done) => world.clock.after(1_000, done));
        atOnce -= 1;
        return take(parcel, options, commit);
      });
    const reporter = world.createReporter({ spreadMs: 0, concurrency: 4 });
    await reporter.start();
    await world.clock.advance(6 * MINUTE);
    await reporter.close();
    expect(world.arrived).toHaveLength(20);
    expect(most).toBe(4);
  });

  it('sends nothing in a dry run, nor later without an order', async () => {
    const world = await withReports(['a.example', 'b.example']);
    const dry = world.createReporter({ dryRun: true, spreadMs: 0 });
    await dry.start();
    await world.clock.advance(HOUR);
    expect(await dry.sendNow({ day: DAY })).toEqual({ kind: 'dry-run' });
    expect(await dry.retry('x@example.net')).toEqual({ kind: 'dry-run' });
    await dry.close();
    expect(await dry.counts()).toMatchObject({ made: 2, held: 2 });
    const earnest = world.createReporter();
    await earnest.start();
    await world.clock.advance(24 * HOUR);
    expect(world.attempts).toEqual([]);
    expect(await earnest.sendNow({ day: DAY })).toEqual({ kind: 'ordered', deliveries: 2 });
    await world.clock.advance(0);
    await earnest.close();
    expect(world.arrived).toHaveLength(2);
  });

  it('sends now what an order names, without grace and spread', async () => {
    const world = await withReports(['a.example', 'b.example']);
    await world.store.addSessions([countedFor('a.example', { day: '2026-11-24' })]);
    const reporter = world.createReporter();
    await reporter.start();
    expect(await reporter.sendNow({ day: '2026-11-24' })).toEqual({ kind: 'day-running' });
    expect(await reporter.sendNow({ day: DAY })).toEqual({ kind: 'ordered', deliveries: 2 });
    await world.clock.advance(0);
    expect(world.arrived).toHaveLength(2);
    expect(await reporter.sendNow({ day: DAY })).toEqual({ kind: 'nothing-to-do' });
    await reporter.close();
  });

  it('does not touch by order what is under way', async () => {
    const world = await withReports(['a.example']);
    let answer = (): void => undefined;
    world.answers.set('a.example', async (parcel, options, commit) => {
      await new Promise<void>((done) => {
        answer = done;
      });
      return take(parcel, options, commit);
    });
    const reporter = world.createReporter({ spreadMs: 0 });
    await reporter.start();
    await world.clock.advance(6 * MINUTE);
    const reportId = (await world.store.listReports({}))[0]?.report.reportId ?? '';
    expect(await reporter.sendNow({ reportId })).toEqual({ kind: 'nothing-to-do' });
    answer();
    await world.clock.advance(HOUR);
    await reporter.close();
    expect(world.arrived).toHaveLength(1);
  });

  it('sends nothing while outcomes cannot be stored, and goes on when they can', async () => {
    const world = await withReports(['a.example', 'b.example', 'c.example']);
    let isFull = false;
    const store = {
      ...world.store,
      putDeliveries: async (...args: Parameters<typeof world.store.putDeliveries>) => {
        if (isFull) throw new Error('disk full');
        return world.store.putDeliveries(...args);
      },
    };
    for (const domain of ['a', 'b', 'c'])
      world.answers.set(`${domain}.example`, async (...args) => {
        isFull = true;
        return take(...args);
      });
    const reporter = world.createReporter({ spreadMs: 0, concurrency: 1 }, store);
    await reporter.start();
    await world.clock.advance(2 * HOUR);
    expect(world.arrived).toHaveLength(1);
    expect((await statesOf(world)).toSorted()).toEqual(['committing', 'waiting', 'waiting']);
    world.answers.clear();
    isFull = false;
    await world.clock.advance(HOUR);
    await reporter.close();
    expect(world.arrived).toHaveLength(3);
    expect(await statesOf(world)).toEqual(['sent', 'sent', 'sent']);
  });

  it('when it ends calls back what has not committed, and waits for the answer to what has', async () => {
    const world = await withReports(['a.example', 'b.example', 'c.example']);
    const untilAborted = (signal: AbortSignal | undefined): Promise<void> =>
      new Promise((done) => signal?.addEventListener('abort', () => done()));
    world.answers.set('a.example', async (_parcel, { signal }) => {
      await untilAborted(signal);
      return { kind: 'later', problem: 'called back' };
    });
    world.answers.set('b.example', async (_parcel, { signal }, commit) => {
      await commit();
      await untilAborted(signal);
      return { kind: 'later', problem: 'cut' };
    });
    let answer = (): void => undefined;
    world.answers.set('c.example', async (_parcel, _options, commit) => {
      await commit();
      await new Promise<void>((done) => {
        answer = done;
      });
      return { kind: 'taken', detail: '250' };
    });
    const reporter = world.createReporter({ spreadMs: 0 });
    await reporter.start();
    await world.clock.advance(6 * MINUTE);
    const closed = reporter.close();
    await world.clock.advance(1_000);
    answer();
    await world.clock.advance(MINUTE);
    await closed;
    expect(await statesOf(world)).toEqual(['waiting', 'uncertain', 'sent']);
  });

  it('takes an attempt for uncertain when its carrier fails after the last bytes', async () => {
    const world = await withReports(['a.example', 'b.example']);
    world.answers.set('a.example', async (_parcel, _options, commit) => {
      await commit();
      throw new Error('defect');
    });
    world.answers.set('b.example', async () => {
      throw new Error('defect');
    });
    const reporter = world.createReporter({ spreadMs: 0 });
    await reporter.start();
    await world.clock.advance(6 * MINUTE);
    await reporter.close();
    expect(await statesOf(world)).toEqual(['uncertain', 'waiting']);
  });
});
