import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createRolloutWorld,
  DOMAIN,
  type RolloutWorld,
  type UpdateFault,
} from '../../../../../test/peers/rollout-world.ts';
import type { Rollout } from './index.ts';

const ANYTHING = {
  by: 'admin',
  force: true,
  overrides: ['never-tested', 'mx-unmatched', 'mx-matches-none', 'max-age-short', 'mx-unknown'],
  reason: 'a test',
};

type Order =
  | { readonly kind: 'set'; readonly mode: 'testing' | 'enforce' | 'none'; readonly age: number }
  | { readonly kind: 'rollback' | 'leave' | 'abandon' | 'tick' };

/** What happens in the world meanwhile. */
type Event =
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'host'; readonly fault: RolloutWorld['faults']['host'] }
  | { readonly kind: 'update'; readonly fault: UpdateFault | undefined }
  | { readonly kind: 'server'; readonly state: 'lags' | 'silent' | 'well' };

type Act = Order | Event;

/** What is done, and at which use of anything outside the process is killed meanwhile. */
interface Deed {
  readonly act: Act;
  readonly killAt?: number | undefined;
  readonly when: 'before' | 'after';
}

const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    kind: fc.constant('set' as const),
    mode: fc.constantFrom('testing' as const, 'enforce' as const, 'none' as const),
    age: fc.constantFrom(86_400, 604_800),
  }),
  fc.record({ kind: fc.constantFrom('rollback' as const, 'leave' as const, 'abandon' as const) }),
  { weight: 4, arbitrary: fc.constant({ kind: 'tick' as const }) },
  fc.record({
    kind: fc.constant('advance' as const),
    ms: fc.constantFrom(1_000, 10_000, 600_000, 90_000_000),
  }),
  fc.record({
    kind: fc.constant('host' as const),
    fault: fc.constantFrom(undefined, undefined, 'other-body' as const),
  }),
  fc.record({
    kind: fc.constant('update' as const),
    fault: fc.constantFrom<(UpdateFault | undefined)[]>(undefined, 'failed', 'answer-lost'),
  }),
  fc.record({
    kind: fc.constant('server' as const),
    state: fc.constantFrom('lags' as const, 'silent' as const, 'well' as const),
  }),
);

const deeds: fc.Arbitrary<Deed> = fc.record({
  act: acts,
  killAt: fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined }),
  when: fc.constantFrom('before' as const, 'after' as const),
});

async function perform(rollout: Rollout, act: Order): Promise<void> {
  switch (act.kind) {
    case 'set':
      await rollout.set(DOMAIN, { mode: act.mode, maxAgeSeconds: act.age }, ANYTHING);
      break;
    case 'rollback':
      await rollout.rollback(DOMAIN, undefined, ANYTHING);
      break;
    case 'leave':
      await rollout.leave(DOMAIN, ANYTHING);
      break;
    case 'abandon':
      await rollout.abandon(DOMAIN, ANYTHING);
      break;
    case 'tick':
      await rollout.tick();
  }
}

async function befall({ clock, faults, zone }: RolloutWorld, act: Event): Promise<void> {
  const server = '2001:db8::53';
  switch (act.kind) {
    case 'advance':
      await clock.advance(act.ms);
      break;
    case 'host':
      faults.host = act.fault;
      break;
    case 'update':
      faults.update = act.fault;
      break;
    case 'server':
      zone.failServer(server, act.state === 'silent' ? 'timeout' : undefined);
      if (act.state === 'lags') zone.lag(server);
      if (act.state === 'well') zone.catchUp(server);
  }
}

function isEvent(act: Act): act is Event {
  return ['advance', 'host', 'update', 'server'].includes(act.kind);
}

/** No name server shows an id whose text is not given out yet, or no longer because an earlier one is again. */
async function checkOrder(world: RolloutWorld): Promise<void> {
  const [shown, served, versions] = await Promise.all([
    world.shownIds(),
    world.store.getServed(DOMAIN),
    world.store.listVersions(DOMAIN),
  ]);
  for (const id of shown) {
    const version = versions.find((each) => each.id === id);
    expect(version?.servedFromMs).toBeDefined();
    expect(served?.number).toBeGreaterThanOrEqual(version?.number ?? Infinity);
  }
}

async function heal(world: RolloutWorld): Promise<void> {
  await befall(world, { kind: 'host', fault: undefined });
  await befall(world, { kind: 'update', fault: undefined });
  await befall(world, { kind: 'server', state: 'well' });
  const rollout = world.build();
  for (let turn = 0; turn < 6; turn += 1) {
    await rollout.tick();
    await world.clock.advance(900_000);
  }
}

async function live(story: readonly Deed[]): Promise<RolloutWorld> {
  // A rollout would take what the check throws for a fault of its port.
  const breaches: unknown[] = [];
  const note = (breach: unknown): void => void breaches.push(breach);
  const world: RolloutWorld = await createRolloutWorld(() => checkOrder(world).catch(note));
  for (const { act, killAt = Infinity, when } of story) {
    if (isEvent(act)) {
      await befall(world, act);
    } else {
      const { rollout, dead } = world.buildMortal(killAt, when);
      await Promise.race([perform(rollout, act), dead]);
    }
    await checkOrder(world);
  }
  expect(breaches).toEqual([]);
  return world;
}

describe('createRollout, whatever happens and wherever it is killed', () => {
  it('STS-8.1-3, STS-3.1-6: never shows an id ahead of its text, never uses one twice, and completes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(deeds, { minLength: 5, maxLength: 40, size: 'max' }),
        async (story) => {
          const world = await live(story);
          await heal(world);
          await checkOrder(world);
          const found = await world.store.getDomain(DOMAIN);
          const versions = await world.store.listVersions(DOMAIN);
          expect(new Set(versions.map(({ id }) => id)).size).toBe(versions.length);
          expect(found?.change).toBeUndefined();
          expect(found?.served).toBe(found?.announced);
          const announced = versions.find(({ number }) => number === found?.announced);
          expect(await world.shownIds()).toEqual(announced === undefined ? [] : [announced.id]);
          await world.store.close();
        },
      ),
      { numRuns: 150 },
    );
  });

  it('completes after a kill at every use of anything outside, one after the other', async () => {
    const act = { kind: 'set', mode: 'testing', age: 86_400 } as const;
    const whens = ['before', 'after'] as const;
    for (let killAt = 1; killAt <= 30; killAt += 1) {
      for (const when of whens) {
        const story: readonly Deed[] = [
          { act, when },
          { act: { kind: 'tick' }, when },
          { act: { ...act, age: 604_800 }, when },
          { act: { kind: 'tick' }, killAt, when },
          { act: { kind: 'tick' }, when },
        ];
        const world = await live(story);
        expect(await world.store.getDomain(DOMAIN)).toMatchObject({ served: 2, announced: 2 });
        expect(await world.store.getDomain(DOMAIN)).not.toHaveProperty('change');
        await world.store.close();
      }
    }
  });
});
