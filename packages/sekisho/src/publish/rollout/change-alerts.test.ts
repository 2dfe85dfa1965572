import { beforeEach, describe, expect, it } from 'vitest';
import {
  createRolloutWorld,
  DOMAIN,
  type RolloutWorld,
} from '../../../../../test/peers/rollout-world.ts';
import { reconcile, type Rollout } from './index.ts';

const BY = { by: 'admin' };
const DAY = 86_400_000;

let world: RolloutWorld;
let rollout: Rollout;

beforeEach(async () => {
  world = await createRolloutWorld();
  rollout = world.build();
});

/** Works so long as the clock says. */
async function pass(ms: number, stepMs: number): Promise<void> {
  for (const endMs = world.clock.now() + ms; world.clock.now() < endMs; ) {
    await world.clock.advance(stepMs);
    await rollout.tick();
  }
}

const standing = () => world.alerts.standing().map(({ code }) => code);

describe('alerts of a change', () => {
  it('a policy that is not served is one until it is', async () => {
    world.faults.host = 'other-body';
    await rollout.set(DOMAIN, { mode: 'testing' }, BY);
    await rollout.tick();
    expect(world.alerts.standing()).toMatchObject([
      { code: 'policy-not-served', subject: { domain: DOMAIN }, severity: 'warning' },
    ]);
    world.faults.host = undefined;
    await pass(5_000, 5_000);
    expect(standing()).toEqual([]);
  });

  it('an update that the name server refuses is one until it is taken', async () => {
    world.faults.update = 'refused';
    await rollout.set(DOMAIN, { mode: 'testing' }, BY);
    await rollout.tick();
    expect(world.alerts.standing()).toMatchObject([
      { code: 'id-not-announced', remedy: expect.stringContaining('by hand') },
    ]);
    world.faults.update = undefined;
    await pass(5_000, 5_000);
    expect(standing()).toEqual([]);
  });

  it('name servers that take the zone over by and by are one after a quarter of an hour', async () => {
    world.zone.lag('192.0.2.53');
    await rollout.set(DOMAIN, { mode: 'testing' }, BY);
    await rollout.tick();
    await pass(800_000, 60_000);
    expect(standing()).toEqual([]);
    await pass(200_000, 60_000);
    expect(standing()).toEqual(['id-not-shown']);
  });

  it('a record that has to be entered by hand is one at once', async () => {
    world.faults.byHand = true;
    await rollout.set(DOMAIN, { mode: 'testing' }, BY);
    await rollout.tick();
    expect(world.alerts.standing()).toMatchObject([
      { code: 'id-not-shown', remedy: expect.stringContaining('Enter the TXT record') },
    ]);
  });

  it('a change that is given up is one until a later one is announced', async () => {
    await rollout.set(DOMAIN, { mode: 'testing' }, BY);
    await rollout.tick();
    world.faults.host = 'other-body';
    await rollout.set(DOMAIN, { mode: 'testing', maxAgeSeconds: 86_400 }, BY);
    await pass(DAY + 600_000, 300_000);
    expect(world.alerts.standing()).toMatchObject([
      { code: 'change-abandoned', severity: 'error' },
    ]);
    world.faults.host = undefined;
    await rollout.set(DOMAIN, { mode: 'testing', maxAgeSeconds: 90_000 }, BY);
    await rollout.tick();
    expect(standing()).toEqual([]);
  });

  it('one that a person gives up is none', async () => {
    await rollout.set(DOMAIN, { mode: 'testing' }, BY);
    await rollout.tick();
    world.faults.host = 'other-body';
    await rollout.set(DOMAIN, { mode: 'testing', maxAgeSeconds: 86_400 }, BY);
    await rollout.tick();
    expect(standing()).toEqual(['policy-not-served']);
    await rollout.abandon(DOMAIN, BY);
    expect(standing()).toEqual([]);
  });

  it('a store that fails is one until it works again', async () => {
    const listDue = world.store.listDueChanges.bind(world.store);
    world.store.listDueChanges = () => Promise.reject(new Error('the disk is full'));
    rollout.start();
    await world.clock.advance(1);
    expect(standing()).toEqual(['changes-failing']);
    world.store.listDueChanges = listDue;
    await world.clock.advance(5_000);
    expect(standing()).toEqual([]);
    await rollout.close();
  });
});

it('a declaration that is refused is an alert until it is carried out or gone', async () => {
  const declare = (...wishes: readonly { readonly mode: 'testing' | 'enforce' }[]) =>
    reconcile(
      wishes.map((wish) => ({ domain: DOMAIN, wish })),
      { ...world, rollout },
    );
  await declare({ mode: 'testing' });
  await rollout.tick();
  world.faults.gates = [{ code: 'served-long', state: 'shut', evidence: ['2 of 14 days.'] }];
  await declare({ mode: 'enforce' });
  expect(standing()).toEqual(['declaration-refused']);
  await declare();
  expect(standing()).toEqual([]);
  await declare({ mode: 'enforce' });
  world.faults.gates = [];
  await declare({ mode: 'enforce' });
  expect(standing()).toEqual([]);
});
