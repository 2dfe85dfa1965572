import type { Domain } from '@sekisho/spec';
import { expect, it, onTestFinished } from 'vitest';
import { publishVersion } from '../../../../../test/peers/publish-changes.ts';
import { createFakeClock } from '../../io/clock/index.ts';
import { createFakeResolver, fakeAnswer, fakeFailure } from '../../io/dns/index.ts';
import { openMemoryPublishStore } from '../store/index.ts';
import { createGates } from './index.ts';

const DAY = 86_400_000;
const DOMAIN = 'a.test' as Domain;

async function start() {
  const clock = createFakeClock();
  const store = await openMemoryPublishStore();
  onTestFinished(() => store.close());
  const resolver = createFakeResolver({
    'mx a.test': fakeAnswer([{ preference: 10, exchange: 'mx.a.test' }]),
  });
  const body = 'version: STSv1\r\nmode: testing\r\nmx: mx.a.test\r\nmax_age: 86400\r\n';
  const version = await publishVersion(
    store,
    DOMAIN,
    {
      id: 'a1',
      body,
      mode: 'testing',
      maxAgeSeconds: 86_400,
      mx: ['mx.a.test'],
      createdBy: 'admin',
      overrides: [],
      purpose: 'set',
    },
    clock.now(),
  );
  return { clock, store, resolver, version };
}

it('gathers the evidence of as many days as were asked for', async () => {
  const { clock, store, resolver, version } = await start();
  let since = 0;
  const reports = {
    summarise: async (_domain: string, sinceMs: number) => {
      since = sinceMs;
      return { kind: 'none', because: 'no report yet' } as const;
    },
  };
  const gatesOf = createGates({ clock, store, resolver, reports, days: 2 });
  const states = async () => (await gatesOf(DOMAIN, version)).map(({ state }) => state);
  expect(await states()).toEqual(['shut', 'open', 'unknown', 'open', 'shut']);
  for (let day = 0; day < 3; day += 1) {
    const probe = { domain: DOMAIN, mxHost: 'mx.a.test', address: '192.0.2.1', code: 'ok' };
    await store.recordProbes([{ ...probe, atMs: clock.now(), detail: '' }]);
    if (day < 2) await clock.advance(DAY);
  }
  expect(await states()).toEqual(['open', 'open', 'unknown', 'open', 'open']);
  expect(since).toBe(clock.now() - 2 * DAY);
  resolver.set('mx a.test', fakeFailure('servfail'));
  expect(await states()).toEqual(['shut', 'shut', 'unknown', 'open', 'open']);
});

it('has no gates for a domain that is not here', async () => {
  const { clock, store, resolver, version } = await start();
  const gatesOf = createGates({ clock, store, resolver });
  expect(await gatesOf('b.test' as Domain, version)).toEqual([]);
});
