import type { Domain } from '@sekisho/spec';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  createRolloutWorld,
  DOMAIN,
  type RolloutWorld,
} from '../../../../../test/peers/rollout-world.ts';
import { type Declaration, reconcile, type Rollout } from './index.ts';

let world: RolloutWorld;
let rollout: Rollout;

beforeEach(async () => {
  world = await createRolloutWorld();
  rollout = world.build();
});

async function declare(wish: Declaration['wish'], domain: Domain = DOMAIN): Promise<string> {
  const [done] = await reconcile([{ domain, wish }], { ...world, rollout });
  await rollout.tick();
  return done?.outcome.kind ?? '';
}

async function announcedMode(): Promise<string | undefined> {
  return (await rollout.status(DOMAIN))?.announced?.mode;
}

describe('reconcile', () => {
  it('brings a domain to what is declared, and then leaves it alone', async () => {
    expect(await declare({ mode: 'testing' })).toBe('begun');
    expect(await declare({ mode: 'testing' })).toBe('unchanged');
    expect(await announcedMode()).toBe('testing');
    expect(await world.store.listVersions(DOMAIN)).toMatchObject([{ createdBy: 'configuration' }]);
  });

  it('does not begin again what waits for its name servers', async () => {
    world.faults.byHand = true;
    expect(await declare({ mode: 'testing' })).toBe('begun');
    expect(await declare({ mode: 'testing' })).toBe('busy');
    expect(await world.store.listVersions(DOMAIN)).toHaveLength(1);
  });

  it('tells once what speaks against a declaration, and carries it out when the gates open', async () => {
    await declare({ mode: 'testing' });
    world.faults.gates = [{ code: 'served-long', state: 'shut', evidence: ['2 of 14 days.'] }];
    expect(await declare({ mode: 'enforce' })).toBe('refused');
    expect(await declare({ mode: 'enforce' })).toBe('refused');
    expect(await announcedMode()).toBe('testing');
    const told = world.log.entries.filter(({ level }) => level === 'warn');
    expect(told).toMatchObject([{ fields: { codes: 'gate-served-long' } }]);
    expect(await world.store.listEvents(DOMAIN)).toMatchObject([
      {
        code: 'declaration-refused',
        by: 'configuration',
        message: expect.stringContaining('2 of 14 days.'),
      },
      {},
      {},
    ]);
    world.faults.gates = [];
    expect(await declare({ mode: 'enforce' })).toBe('begun');
    expect(await announcedMode()).toBe('enforce');
  });

  it("does not undo a person's rollback, but follows a new declaration", async () => {
    await declare({ mode: 'testing' });
    await declare({ mode: 'enforce' });
    await rollout.rollback(DOMAIN, undefined, { by: 'admin' });
    await rollout.tick();
    expect(await declare({ mode: 'enforce' })).toBe('refused');
    expect(await announcedMode()).toBe('testing');
    expect(await declare({ mode: 'enforce', maxAgeSeconds: 86_400 })).toBe('begun');
    expect(await announcedMode()).toBe('enforce');
  });

  it('goes on with others when one is refused', async () => {
    const bad = { domain: 'bad.example.test' as Domain, wish: { mode: 'testing' } } as const;
    const good = { domain: DOMAIN, wish: { mode: 'testing' } } as const;
    const done = await reconcile([bad, good], { ...world, rollout });
    expect(done.map(({ outcome }) => outcome.kind)).toEqual(['refused', 'begun']);
  });
});

describe('status', () => {
  it('counts the senders that hold each version, and until when', async () => {
    await declare({ mode: 'testing' });
    const [version] = await world.store.listVersions(DOMAIN);
    const nowMs = world.clock.now();
    const fetched = {
      domain: DOMAIN,
      id: version?.id ?? '',
      userAgent: '',
      firstAtMs: nowMs,
      lastAtMs: nowMs,
      count: 1,
    };
    await world.store.recordFetches(
      ['192.0.2.1', '192.0.2.2'].map((address) => ({ ...fetched, address })),
    );
    await declare({ mode: 'enforce' });
    const status = await rollout.status(DOMAIN);
    expect(
      status?.held.map(({ version: { number }, untilMs, senders }) => [number, untilMs, senders]),
    ).toEqual([
      [2, undefined, 0],
      [1, nowMs + 604_860_000, 2],
    ]);
    expect(status).toMatchObject({ gates: [], served: { number: 2 }, announced: { number: 2 } });
    expect(await rollout.status('other.test' as Domain)).toBeUndefined();
  });
});
