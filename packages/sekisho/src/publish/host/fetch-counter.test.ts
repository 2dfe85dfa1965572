import { type Domain, parseDomain } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../io/clock/index.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import { openMemoryPublishStore, type FetchCount } from '../store/index.ts';
import { createFetchCounter } from './fetch-counter.ts';

const parsed = parseDomain('example.com');
if (!parsed.ok) throw new Error('example.com is a domain');
const domain: Domain = parsed.value;
const fetchBy = (address: string, userAgent = 'Postfix') => ({
  domain,
  id: '1',
  address,
  userAgent,
});

function createCounter(mostCounts = 10) {
  const clock = createFakeClock();
  const log = createMemoryLog();
  const batches: (readonly FetchCount[])[] = [];
  let failure: Error | undefined;
  const counter = createFetchCounter({
    clock,
    log,
    mostCounts,
    store: {
      async recordFetches(batch) {
        if (failure !== undefined) throw failure;
        batches.push(batch);
      },
    },
  });
  const fail = (error: Error | undefined): void => {
    failure = error;
  };
  return { counter, clock, log, batches, fail };
}

describe('createFetchCounter', () => {
  it('writes each sender once every few seconds, with its count', async () => {
    const { counter, clock, batches } = createCounter();
    const startMs = clock.now();
    counter.observe(fetchBy('192.0.2.1'));
    await clock.advance(1000);
    counter.observe(fetchBy('192.0.2.1'));
    counter.observe(fetchBy('192.0.2.2'));
    expect(batches).toEqual([]);
    await clock.advance(4000);
    const row = { domain, id: '1', userAgent: 'Postfix', lastAtMs: startMs + 1000 };
    expect(batches).toEqual([
      [
        { ...row, address: '192.0.2.1', firstAtMs: startMs, count: 2 },
        { ...row, address: '192.0.2.2', firstAtMs: startMs + 1000, count: 1 },
      ],
    ]);
    await clock.advance(60_000);
    expect(batches).toHaveLength(1);
  });

  it('keeps days apart', async () => {
    const { counter, clock, batches } = createCounter();
    await clock.advance(86_400_000 - 1);
    counter.observe(fetchBy('192.0.2.1'));
    await clock.advance(1);
    counter.observe(fetchBy('192.0.2.1'));
    await counter.close();
    expect(batches.flat().map(({ count }) => count)).toEqual([1, 1]);
  });

  it('keeps user agents short and harmless', async () => {
    const { counter, batches } = createCounter();
    counter.observe(fetchBy('192.0.2.1', `\x1b[2J${'x'.repeat(7000)}`));
    await counter.close();
    const [count] = batches.flat();
    expect(count?.userAgent).toHaveLength(200);
    expect(count?.userAgent.startsWith('\\x1b[2Jx')).toBe(true);
  });

  it('counts no more senders than it has room for, and says how many fetches it lost', async () => {
    const { counter, batches } = createCounter(2);
    for (const last of ['1', '2', '3', '1']) counter.observe(fetchBy(`192.0.2.${last}`));
    await counter.close();
    expect(batches.flat().map(({ count }) => count)).toEqual([2, 1]);
    expect(counter.lost).toBe(1);
  });

  it('loses what cannot be written, says so, and goes on', async () => {
    const { counter, clock, log, batches, fail } = createCounter();
    fail(new Error('disk'));
    counter.observe(fetchBy('192.0.2.1'));
    await clock.advance(5000);
    expect([counter.lost, log.entries[0]?.event]).toEqual([1, 'fetches cannot be recorded']);
    fail(undefined);
    counter.observe(fetchBy('192.0.2.1'));
    await clock.advance(5000);
    expect(batches).toHaveLength(1);
  });

  it('fits the store', async () => {
    const store = await openMemoryPublishStore();
    const clock = createFakeClock();
    const counter = createFetchCounter({ store, clock, log: createMemoryLog() });
    counter.observe(fetchBy('192.0.2.1'));
    await counter.close();
    await counter.close();
    expect(await store.listFetches(domain, 0)).toMatchObject([{ address: '192.0.2.1', count: 1 }]);
  });
});
