import { formatStsRecord } from '@sekisho/spec';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  createRolloutWorld,
  DOMAIN,
  RECORD,
  type RolloutWorld,
} from '../../../../../test/peers/rollout-world.ts';
import type { OrderOutcome, Rollout } from './index.ts';

const DAY = 86_400_000;
const BY = { by: 'admin' };
const MX = ['mx1.example.test', 'mx2.example.test'];

let world: RolloutWorld;
let rollout: Rollout;

beforeEach(async () => {
  world = await createRolloutWorld();
  rollout = world.build();
});

async function domain() {
  const found = await world.store.getDomain(DOMAIN);
  if (found === undefined) throw new Error(`no ${DOMAIN}`);
  return found;
}

function codesOf(outcome: OrderOutcome): readonly string[] {
  return outcome.kind === 'refused' ? outcome.objections.map(({ code }) => code) : [outcome.kind];
}

async function announce(wish: Parameters<Rollout['set']>[1], order = {}): Promise<string> {
  const outcome = await rollout.set(DOMAIN, wish, { ...BY, ...order });
  if (outcome.kind !== 'begun') throw new Error(JSON.stringify(outcome));
  await rollout.tick();
  expect(await domain()).not.toHaveProperty('change');
  return outcome.version.id;
}

describe('a change (RFC 8461 §8.1)', () => {
  it('STS-8.1-3: serves, verifies, announces and confirms, in this order', async () => {
    const begun = await rollout.set(DOMAIN, { mode: 'testing' }, BY);
    expect(begun).toMatchObject({
      kind: 'begun',
      version: {
        number: 1,
        body: 'version: STSv1\r\nmode: testing\r\nmx: mx1.example.test\r\nmx: mx2.example.test\r\nmax_age: 604800\r\n',
      },
    });
    world.faults.host = 'tls-certificate-not-trusted';
    await rollout.tick();
    expect(await domain()).toMatchObject({
      served: 1,
      change: {
        step: 'verify',
        attempts: 1,
        problem: { code: 'fetch-tls-certificate-not-trusted' },
      },
    });
    expect(world.zone.changes).toEqual([]);
    world.faults.host = undefined;
    await world.clock.advance(5_000);
    await rollout.tick();
    expect(await domain()).toMatchObject({ served: 1, announced: 1 });
    const [version] = await world.store.listVersions(DOMAIN);
    expect(world.zone.readTxt(RECORD)).toEqual([formatStsRecord({ id: version?.id ?? '' })]);
    expect(world.told).toEqual([DOMAIN]);
    expect(world.observations.map(({ kind }) => kind)).toEqual([
      'begun',
      'step-failed',
      'announced',
    ]);
  });

  it('STS-3.1-6: gives a text that comes again another id', async () => {
    const first = await announce({ mode: 'testing' });
    const second = await announce({ mode: 'testing', maxAgeSeconds: 86_400 });
    const third = await announce({ mode: 'testing', maxAgeSeconds: 604_800 });
    const fourth = await announce({ mode: 'testing', maxAgeSeconds: 86_400 });
    expect(new Set([first, second, third, fourth]).size).toBe(4);
  });

  it('tells what is wrong once, and tries again later and later', async () => {
    await rollout.set(DOMAIN, { mode: 'testing' }, BY);
    world.faults.host = 'other-body';
    const attempts: number[] = [];
    for (let hour = 0; hour < 3_600; hour += 5) {
      await rollout.tick();
      attempts.push((await domain()).change?.attempts ?? 0);
      await world.clock.advance(5_000);
    }
    // 5, 10, 20, …, 160 seconds, then every 300.
    expect(attempts.at(-1)).toBe(17);
    expect(world.log.entries.filter(({ level }) => level === 'warn')).toHaveLength(1);
    const events = await world.store.listEvents(DOMAIN);
    expect(events.map(({ code }) => code)).toEqual(['change-waits', 'change-begun']);
  });

  it('waits for a first certificate for ever', async () => {
    await rollout.set(DOMAIN, { mode: 'testing' }, BY);
    world.faults.host = 'tls-certificate-not-trusted';
    for (let day = 0; day < 40; day += 1) {
      await rollout.tick();
      await world.clock.advance(DAY);
    }
    const { change } = await domain();
    expect(change?.problem?.remedy).toContain('Wait for the certificate');
    world.faults.host = undefined;
    await rollout.tick();
    expect(await domain()).toMatchObject({ announced: 1 });
  });

  it.each(['other-body', 'refused'] as const)(
    'goes back to the policy that works after a day of %s',
    async (fault) => {
      const id = await announce({ mode: 'testing' });
      if (fault === 'refused') world.faults.update = fault;
      else world.faults.host = fault;
      await rollout.set(DOMAIN, { mode: 'testing', maxAgeSeconds: 86_400 }, BY);
      await rollout.tick();
      expect(await domain()).toMatchObject({ served: 2, announced: 1 });
      await world.clock.advance(DAY - 1);
      await rollout.tick();
      expect(await domain()).toMatchObject({ served: 2, announced: 1 });
      await world.clock.advance(DAY);
      await rollout.tick();
      expect(await domain()).toMatchObject({
        served: 1,
        announced: 1,
        lastFailure: { version: 2 },
      });
      expect(await world.shownIds()).toEqual([id]);
      expect(world.log.entries.filter(({ level }) => level === 'error')).toHaveLength(1);
    },
  );

  it('lets caches forget the former text before the new id is shown (RFC 8461 §8.2)', async () => {
    rollout = world.build({ settleMs: 60_000 });
    await rollout.set(DOMAIN, { mode: 'testing' }, BY);
    await rollout.tick();
    await world.clock.advance(59_999);
    await rollout.tick();
    expect(await domain()).toMatchObject({
      change: { step: 'verify', problem: { code: 'settling' } },
    });
    await world.clock.advance(1);
    await rollout.tick();
    expect(await domain()).toMatchObject({ announced: 1 });
  });

  it('says by hand exactly what to enter, and sees when it was done', async () => {
    world.faults.byHand = true;
    world.zone.setTxt(RECORD, ['v=STSv1; id=former;']);
    const begun = await rollout.set(DOMAIN, { mode: 'testing' }, BY);
    await rollout.tick();
    const record = formatStsRecord({ id: begun.kind === 'begun' ? begun.version.id : '' });
    expect((await domain()).change).toMatchObject({
      step: 'confirm',
      problem: {
        code: 'enter-by-hand',
        message: expect.stringContaining('show "v=STSv1; id=former;"'),
        remedy: expect.stringContaining(`Enter the TXT record ${record} at ${RECORD}`),
      },
    });
    world.zone.setTxt(RECORD, [record, 'v=STSv1; id=former;', 'v=spf1 -all']);
    await world.clock.advance(5_000);
    await rollout.tick();
    expect((await domain()).change?.problem?.message).toContain(
      `show "${record}" and "v=STSv1; id=former;" at ${RECORD}`,
    );
    world.zone.setTxt(RECORD, [record]);
    await world.clock.advance(10_000);
    await rollout.tick();
    expect(await domain()).toMatchObject({ announced: 1 });
  });

  it('is not done before every name server shows the id, but for one silent for an hour', async () => {
    world.zone.lag('192.0.2.53');
    await rollout.set(DOMAIN, { mode: 'testing' }, BY);
    await rollout.tick();
    expect((await domain()).change).toMatchObject({ problem: { code: 'not-yet-shown' } });
    world.zone.catchUp('192.0.2.53');
    world.zone.failServer('192.0.2.53', 'timeout');
    await world.clock.advance(5_000);
    await rollout.tick();
    expect((await domain()).change).toMatchObject({ problem: { code: 'dns-silent' } });
    await world.clock.advance(3_600_000);
    await rollout.tick();
    expect(await domain()).toMatchObject({ announced: 1 });
  });

  it('lets no domain that hangs again and again delay another; close breaks off what waits', async () => {
    rollout = world.build({ concurrency: 1 });
    rollout.start();
    await rollout.set(DOMAIN, { mode: 'testing' }, BY);
    world.faults.host = 'other-body';
    await world.clock.advance(60_000);
    world.faults.host = 'hangs';
    await world.clock.advance(300_000);
    world.faults.host = undefined;
    const other = 'other.example.test' as typeof DOMAIN;
    const order = { ...BY, overrides: ['mx-unknown'], reason: 'new' };
    await rollout.set(other, { mode: 'testing', mx: MX }, order);
    await world.clock.advance(5_000);
    expect(await world.store.getDomain(other)).toMatchObject({ announced: 1 });
    const { change } = await domain();
    expect(change).toMatchObject({ step: 'verify' });
    await rollout.close();
    expect((await domain()).change).toEqual(change);
  });
});

describe('orders', () => {
  it('are refused while a change is on its way, and take the place of one at confirm', async () => {
    world.zone.lag('192.0.2.53');
    const first = await rollout.set(DOMAIN, { mode: 'testing' }, BY);
    expect(codesOf(await rollout.set(DOMAIN, { mode: 'none' }, BY))).toEqual(['busy']);
    await rollout.tick();
    expect((await domain()).change?.step).toBe('confirm');
    expect(codesOf(await rollout.set(DOMAIN, { mode: 'testing' }, BY))).toEqual(['busy']);
    expect(codesOf(await rollout.abandon(DOMAIN, BY))).toEqual(['may-be-announced']);
    expect(codesOf(await rollout.set(DOMAIN, { mode: 'none' }, BY))).toEqual(['begun']);
    expect(codesOf(await rollout.abandon(DOMAIN, BY))).toEqual(['done']);
    const number = first.kind === 'begun' ? first.version.number : 0;
    expect(await domain()).toMatchObject({
      served: number,
      change: { version: number, step: 'confirm' },
    });
  });

  it('change nothing when the policy wished for is announced', async () => {
    await announce({ mode: 'testing' });
    expect(await rollout.set(DOMAIN, { mode: 'testing', mx: MX }, BY)).toMatchObject({
      kind: 'unchanged',
    });
    expect(await world.store.listVersions(DOMAIN)).toHaveLength(1);
  });

  it('enforce only behind open gates; force says who and why', async () => {
    await announce({ mode: 'testing' });
    const shut = {
      code: 'probes-clean',
      state: 'shut',
      evidence: ['mx2 is down.'],
      remedy: 'Mend.',
    } as const;
    const unknown = { code: 'reports-clean', state: 'unknown', evidence: [] } as const;
    world.faults.gates = [shut, unknown];
    expect(codesOf(await rollout.set(DOMAIN, { mode: 'enforce' }, BY))).toEqual([
      'gate-probes-clean',
    ]);
    expect(codesOf(await rollout.set(DOMAIN, { mode: 'enforce' }, { ...BY, force: true }))).toEqual(
      ['reason-missing'],
    );
    await announce({ mode: 'enforce' }, { force: true, reason: 'Audit tomorrow' });
    const [version] = await world.store.listVersions(DOMAIN);
    expect(version).toMatchObject({
      overrides: ['gate-probes-clean'],
      reason: 'Audit tomorrow',
      createdBy: 'admin',
    });
    const events = await world.store.listEvents(DOMAIN);
    expect(events.find(({ code }) => code === 'gate-forced')).toMatchObject({
      by: 'admin',
      message: expect.stringContaining('Audit tomorrow'),
    });
    await announce({ mode: 'enforce', maxAgeSeconds: 1_209_600 });
  });

  it('go back to the policy before, with a new id', async () => {
    const first = await announce({ mode: 'testing' });
    await announce({ mode: 'enforce' });
    const outcome = await rollout.rollback(DOMAIN, undefined, BY);
    await rollout.tick();
    const [third, , one] = await world.store.listVersions(DOMAIN);
    expect(outcome).toMatchObject({ kind: 'begun', version: { number: 3 } });
    expect(third?.body).toBe(one?.body);
    expect(third?.id).not.toBe(first);
    expect(await domain()).toMatchObject({ announced: 3 });
    expect(codesOf(await rollout.rollback(DOMAIN, 9, BY))).toEqual(['no-such-version']);
  });

  it('STS-8.3-1: leave with none, and let records and host go after the longest policy ever served', async () => {
    await announce({ mode: 'testing', maxAgeSeconds: 30 * 86_400 });
    await announce({ mode: 'enforce', maxAgeSeconds: 86_400 });
    expect(codesOf(await rollout.remove(DOMAIN, BY))).toEqual(['too-early']);
    await world.clock.advance(DAY);
    expect(codesOf(await rollout.leave(DOMAIN, BY))).toEqual(['begun']);
    await rollout.tick();
    const [none] = await world.store.listVersions(DOMAIN);
    expect(none).toMatchObject({ mode: 'none', maxAgeSeconds: 86_400 });
    const longestMs = Date.UTC(2026, 0, 1) + 30 * DAY + 60_000;
    expect(await rollout.status(DOMAIN)).toMatchObject({
      mayGoAtMs: longestMs,
      advice: ['Records and host must stay until 2026-01-31T00:01:00.000Z (RFC 8461 §8.3).'],
    });
    expect(codesOf(await rollout.leave(DOMAIN, BY))).toEqual(['unchanged']);
    await world.clock.advance(longestMs - world.clock.now() - 1);
    expect(codesOf(await rollout.remove(DOMAIN, BY))).toEqual(['too-early']);
    await world.clock.advance(1);
    expect(codesOf(await rollout.remove(DOMAIN, BY))).toEqual(['done']);
    expect(world.zone.readTxt(RECORD)).toEqual([]);
    expect(await world.store.getServed(DOMAIN)).toBeUndefined();
    expect(codesOf(await rollout.remove(DOMAIN, BY))).toEqual(['unknown-domain']);
  });

  it('keep the host while a server shows the record', async () => {
    await announce({ mode: 'none' });
    world.faults.byHand = true;
    expect(codesOf(await rollout.remove(DOMAIN, BY))).toEqual(['txt-still-there']);
    expect(await domain()).toMatchObject({ served: 1 });
    const order = { ...BY, overrides: ['txt-still-there'], reason: 'the zone goes today' };
    expect(codesOf(await rollout.remove(DOMAIN, order))).toEqual(['done']);
  });

  it('abandon at announce only when the id is not out', async () => {
    const id = await announce({ mode: 'testing' });
    world.faults.update = 'answer-lost';
    await rollout.set(DOMAIN, { mode: 'none' }, BY);
    await rollout.tick();
    expect(await domain()).toMatchObject({
      change: { step: 'announce', problem: { code: 'dns-failed' } },
    });
    expect(codesOf(await rollout.abandon(DOMAIN, BY))).toEqual(['may-be-announced']);
    world.faults.update = undefined;
    expect(codesOf(await rollout.abandon(DOMAIN, BY))).toEqual(['done']);
    expect(await world.shownIds()).toEqual([id]);
    expect(await domain()).toMatchObject({ served: 1, lastFailure: { version: 2 } });
  });

  it("take back a first id without touching another's record", async () => {
    world.zone.setTxt(RECORD, ['v=STSv1; id=foreign;']);
    world.faults.update = 'refused';
    await rollout.set(DOMAIN, { mode: 'testing' }, BY);
    await rollout.tick();
    expect(codesOf(await rollout.abandon(DOMAIN, BY))).toEqual(['done']);
    expect(await world.shownIds()).toEqual(['foreign']);
    expect(await world.store.getServed(DOMAIN)).toBeUndefined();
  });
});
