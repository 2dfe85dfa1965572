import { type Domain, parseDomain } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import type { ChallengeVisitor, Visit } from '../../io/acme/index.ts';
import { createFakeClock } from '../../io/clock/index.ts';
import { createFakeResolver, fakeAnswer, fakeFailure } from '../../io/dns/index.ts';
import { createAuthorityHold } from './authority-hold.ts';
import { backOffMs } from './back-off.ts';
import type { ChallengeResponder } from './challenge-responder.ts';
import { createPoller } from './poll-until.ts';
import { createPointsHere } from './points-here.ts';
import { renewalTimeMs } from './renewal-time.ts';
import { createLimit } from '../limit/index.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

describe('backOffMs', () => {
  it.each([
    [1, 5 * MINUTE_MS],
    [2, 10 * MINUTE_MS],
    [3, 20 * MINUTE_MS],
    [9, 1280 * MINUTE_MS],
    [10, DAY_MS],
    [1000, DAY_MS],
  ])('after %i failures is %i ms', (failures, ms) =>
    expect(backOffMs(failures, { code: 'server', chance: 0 })).toBe(ms),
  );

  it('keeps below five failed validations an hour', () => {
    let [atMs, tries] = [0, 0];
    for (let failures = 1; atMs < HOUR_MS; failures += 1) {
      tries += 1;
      atMs += backOffMs(failures, { code: 'validation-failed', chance: 0 });
    }
    expect(tries).toBe(4);
  });

  it('never undercuts what the authority asks for', () => {
    const week = 7 * DAY_MS;
    const options = { code: 'rate-limited', retryAfterMs: week } as const;
    expect(backOffMs(1, { ...options, chance: 0 })).toBe(week);
    expect(backOffMs(1, { ...options, chance: 1 })).toBe(week * 1.1);
  });

  it('ends at an hour where the authority is not asked', () => {
    const options = { code: 'not-pointing-here', chance: 0 } as const;
    expect([1, 2, 7, 100].map((failures) => backOffMs(failures, options))).toEqual([
      MINUTE_MS,
      2 * MINUTE_MS,
      HOUR_MS,
      HOUR_MS,
    ]);
  });
});

describe('renewalTimeMs', () => {
  const lifetime = { notBeforeMs: 0, notAfterMs: 90 * DAY_MS };
  const domains = Array.from({ length: 200 }, (_, index) => `d${index}.test`);

  it('is at two thirds of the lifetime or a little earlier, spread, and fixed for a certificate', () => {
    const times = domains.map((domain) => renewalTimeMs(domain, lifetime));
    expect(Math.max(...times)).toBeLessThanOrEqual(60 * DAY_MS);
    expect(Math.min(...times)).toBeGreaterThan(57 * DAY_MS);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(2 * DAY_MS);
    expect(domains.map((domain) => renewalTimeMs(domain, lifetime))).toEqual(times);
  });

  it('is within the window of the authority (RFC 9773 §4.2)', () => {
    const window = { startMs: 10 * DAY_MS, endMs: 12 * DAY_MS };
    const times = domains.map((domain) => renewalTimeMs(domain, lifetime, window));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(window.startMs);
    expect(Math.max(...times)).toBeLessThanOrEqual(window.endMs);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(DAY_MS);
  });

  it('is no later than five sixths of the lifetime, whatever the window', () => {
    const window = { startMs: 89 * DAY_MS, endMs: 200 * DAY_MS };
    expect(renewalTimeMs('a.test', lifetime, window)).toBe(75 * DAY_MS);
  });
});

describe('createAuthorityHold', () => {
  it('holds all when three domains in a row are refused, for as long as was asked, at most an hour', async () => {
    const clock = createFakeClock();
    const hold = createAuthorityHold(clock);
    const limited = (retryAfterMs: number) => ({ code: 'rate-limited', retryAfterMs });
    hold.note('a', limited(600_000));
    hold.note('a', limited(600_000));
    hold.note('b', limited(7 * DAY_MS));
    expect(hold.untilMs()).toBeUndefined();
    hold.note('c', limited(700_000));
    expect(hold.untilMs()).toBe(clock.now() + 600_000);
    await clock.advance(600_000);
    expect(hold.untilMs()).toBeUndefined();
    for (const domain of ['a', 'b', 'c']) hold.note(domain, limited(7 * DAY_MS));
    expect(hold.untilMs()).toBe(clock.now() + HOUR_MS);
  });

  it('holds nobody when others succeed in between', () => {
    const hold = createAuthorityHold(createFakeClock());
    for (const domain of ['a', 'b', 'c', 'd']) {
      hold.note(domain, { code: 'rate-limited' });
      if (domain === 'b') hold.note('e', {});
    }
    expect(hold.untilMs()).toBeUndefined();
  });
});

describe('createPoller', () => {
  it('asks with growing pauses, as the authority wishes, and not beyond its limit', async () => {
    const clock = createFakeClock();
    const startMs = clock.now();
    const poller = createPoller(clock, 20_000, new AbortController().signal);
    const asked: number[] = [];
    const waiting = poller.until(
      async () => {
        asked.push(clock.now() - startMs);
        return asked.length === 2 ? { retryAfterMs: 3000 } : {};
      },
      () => false,
      'answered',
    );
    const failed = waiting.catch((error: unknown) => error);
    await clock.advance(60_000);
    expect(await failed).toMatchObject({
      code: 'timeout',
      message: 'The authority has not answered in 20 s',
    });
    expect(asked).toEqual([0, 500, 3500, 5500, 9500, 17_500]);
  });

  it.each([
    ['during a pause', 'pause'],
    ['while it asks', 'ask'],
  ])('ends when all is broken off %s, without a timer that is to come', async (_what, when) => {
    const closing = new AbortController();
    const poller = createPoller(createFakeClock(), 20_000, closing.signal);
    let asked = 0;
    const ask = async () => {
      asked += 1;
      if (when === 'ask') closing.abort();
      return {};
    };
    const failed = poller.until(ask, () => false, 'answered').catch((error: unknown) => error);
    await new Promise((resolve) => setImmediate(resolve));
    closing.abort();
    expect(await failed).toMatchObject({
      code: 'timeout',
      message: 'Broken off before the authority has answered',
    });
    expect(asked).toBe(1);
  });
});

describe('createLimit', () => {
  it('lets so many run at once, and goes on after one failed', async () => {
    const limit = createLimit(2);
    const ends: (() => void)[] = [];
    let running = 0;
    const run = (): Promise<void> =>
      limit(async () => {
        running += 1;
        await new Promise<void>((resolve) => ends.push(resolve));
        running -= 1;
        if (ends.length === 1) throw new Error('failed');
      });
    const settle = (): Promise<void> => new Promise((done) => setImmediate(done));
    const all = Promise.allSettled([run(), run(), run(), run()]);
    await settle();
    expect(running).toBe(2);
    ends[0]?.();
    await settle();
    expect([running, ends.length]).toEqual([2, 3]);
    for (let index = 1; index < 4; index += 1) {
      ends[index]?.();
      await settle();
    }
    await all;
    expect(running).toBe(0);
  });
});

describe('createPointsHere', () => {
  const parsed = parseDomain('mta-sts.a.test');
  const host = (parsed.ok ? parsed.value : '') as Domain;
  const ours: Visit = { kind: 'ours' };
  const cutOff: Visit = { kind: 'unreachable', reason: 'ECONNREFUSED' };
  const other: Visit = { kind: 'other', found: 'status 404' };
  const zones = {
    'a mta-sts.a.test': fakeAnswer(['192.0.2.1']),
    'aaaa mta-sts.a.test': fakeAnswer(['2001:db8::1']),
  };

  function ask(visits: Readonly<Record<string, Visit>>, resolver = createFakeResolver(zones)) {
    const standing = new Set<string>();
    const challenges: ChallengeResponder = {
      addHttp: (name, token) => void standing.add(`${name} ${token}`),
      removeHttp: (name, token) => void standing.delete(`${name} ${token}`),
      addAlpn: (name) => void standing.add(name),
      removeAlpn: (name) => void standing.delete(name),
    };
    const visitor: ChallengeVisitor = {
      visitHttp: async (name, address, { token }) =>
        standing.has(`${name} ${token}`) ? (visits[`http ${address}`] ?? cutOff) : other,
      visitAlpn: async (name, address) =>
        standing.has(name) ? (visits[`alpn ${address}`] ?? cutOff) : other,
    };
    const pointsHere = createPointsHere({
      resolver,
      visitor,
      challenges,
      clock: createFakeClock(),
    });
    return {
      standing,
      pointing: pointsHere(host, ['http-01', 'tls-alpn-01']),
    };
  }

  it.each<[Readonly<Record<string, Visit>>, readonly string[]]>([
    [{ 'http 192.0.2.1': ours, 'http 2001:db8::1': ours }, ['http-01']],
    // This machine has no IPv6; that says nothing of the authority.
    [{ 'http 192.0.2.1': ours }, ['http-01']],
    [{ 'alpn 2001:db8::1': ours, 'http 192.0.2.1': other }, ['tls-alpn-01']],
    [{ 'alpn 192.0.2.1': ours, 'http 192.0.2.1': ours }, ['http-01', 'tls-alpn-01']],
  ])('%j leads here by %j', async (visits, by) => {
    const { pointing, standing } = ask(visits);
    expect(await pointing).toEqual({ kind: 'here', by });
    expect(standing.size).toBe(0);
  });

  it.each<[Readonly<Record<string, Visit>>, string]>([
    [
      { 'http 192.0.2.1': ours, 'http 2001:db8::1': other },
      '"mta-sts.a.test" leads to 2001:db8::1, where http-01 finds status 404 in place of ours',
    ],
    [{}, '"mta-sts.a.test" leads to 2001:db8::1, which http-01 cannot reach: ECONNREFUSED'],
  ])('%j does not', async (visits, message) => {
    const pointing = await ask(visits).pointing;
    expect(pointing.kind === 'elsewhere' && pointing.message).toContain(message);
  });

  it('does not without an address, nor while the DNS is silent', async () => {
    const nothing = await ask({}, createFakeResolver()).pointing;
    expect(nothing).toEqual({
      kind: 'elsewhere',
      message: '"mta-sts.a.test" has no address in the DNS',
    });
    const silent = createFakeResolver({ 'a mta-sts.a.test': fakeFailure('timeout') });
    const pointing = await ask({}, silent).pointing;
    expect(pointing.kind === 'elsewhere' && pointing.message).toContain('cannot be looked up');
  });
});
