import { type Domain, parseDomain } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../io/clock/index.ts';
import { createFakeResolver, fakeAnswer, fakeFailure } from '../io/dns/index.ts';
import { createFakePolicyClient } from '../io/https/index.ts';
import { createMemoryLog } from '../io/log/index.ts';
import { createMemoryPolicyStore, type PolicyStore } from './store/index.ts';
import {
  createPolicies,
  type DiscoverEvent,
  type DiscoverSettings,
  type PolicyAnswer,
} from './index.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK_SECONDS = 604_800;
const TXT = 'txt _mta-sts.example.test';

const domain = (text: string): Domain => {
  const parsed = parseDomain(text);
  if (!parsed.ok) throw new TypeError(`${text} is no domain`);
  return parsed.value;
};
const example = domain('example.test');

const body = (mode: string, maxAgeSeconds = WEEK_SECONDS, mx = 'mx.example.test'): string =>
  `version: STSv1\r\nmode: ${mode}\r\nmx: ${mx}\r\nmax_age: ${maxAgeSeconds}\r\n`;
const record = (id: string) => fakeAnswer([`v=STSv1; id=${id};`]);

interface WorldOptions extends Partial<DiscoverSettings> {
  readonly store?: PolicyStore;
}

function createWorld({ store = createMemoryPolicyStore(), ...settings }: WorldOptions = {}) {
  const clock = createFakeClock();
  const resolver = createFakeResolver();
  const client = createFakePolicyClient();
  const log = createMemoryLog();
  const events: DiscoverEvent[] = [];
  const revoked: (string | undefined)[] = [];
  const build = () =>
    createPolicies(
      {
        clock,
        resolver,
        client,
        store,
        log,
        observe: (event) => void events.push(event),
        revoke: (name) => void revoked.push(name),
      },
      settings,
    );
  const policies = build();
  const publish = (id: string, text: string): void => {
    resolver.set(TXT, record(id));
    client.answer(example, { body: text });
  };
  const lookup = async (name = example): Promise<PolicyAnswer> =>
    (await policies.lookup(name)).answer;
  return { clock, resolver, client, log, events, revoked, store, build, policies, publish, lookup };
}

/** `enforce 1`, `no-policy no-record`: an answer in two words. */
const brief = (answer: PolicyAnswer): string =>
  answer.kind === 'policy'
    ? `${answer.policy.mode} ${answer.id}`
    : `${answer.kind} ${answer.because}`;

describe('a discoverer elsewhere', () => {
  it.each([
    ['is gone', () => Promise.reject(new Error('gone')), 'network'],
    ['never answers', () => new Promise<never>(() => undefined), 'deadline'],
  ])('that %s makes nobody wait longer than the deadline', async (_how, discover, because) => {
    const clock = createFakeClock();
    const store = createMemoryPolicyStore();
    const nothing = (): Promise<void> => Promise.resolve();
    const discoverer = { discover, unsaved: 0, retryUnsaved: nothing, forgetUnsaved: nothing };
    const policies = createPolicies({ clock, store, log: createMemoryLog(), discoverer });
    const lookup = policies.lookup(example);
    await clock.advance(15_000);
    const { answer, validUntilMs } = await lookup;
    expect([brief(answer), validUntilMs]).toEqual([`uncertain ${because}`, 0]);
  });
});

describe('finding (RFC 8461 §3.1, §3.3)', () => {
  it('STS-3-1, STS-3.1-1: one TXT query and one fetch, then neither while the policy is fresh', async () => {
    const { publish, lookup, resolver, client, clock } = createWorld();
    publish('1', body('enforce'));
    expect(brief(await lookup())).toBe('enforce 1');
    await clock.advance(4 * MINUTE);
    expect(brief(await lookup())).toBe('enforce 1');
    expect([resolver.count(TXT), client.calls()]).toEqual([1, 1]);
  });

  it('STS-3.3-12: a hundred lookups at once make one query and one fetch', async () => {
    const { publish, lookup, resolver, client } = createWorld();
    publish('1', body('enforce'));
    await Promise.all(Array.from({ length: 100 }, () => lookup()));
    expect([resolver.count(TXT), client.calls()]).toEqual([1, 1]);
  });

  it.each([
    ['STS-3.1-14: two records', ['v=STSv1; id=1;', 'v=STSv1; id=2;'], 'no-policy multiple-records'],
    ['STS-3.1-15: an invalid record', ['v=STSv1; id=bad_id;'], 'no-policy record-invalid'],
    ['STS-3.1-13: only unrelated records', ['v=spf1 -all'], 'no-policy no-record'],
  ])('%s: no policy and no fetch', async (_, records, expected) => {
    const { resolver, lookup, client } = createWorld();
    resolver.set(TXT, fakeAnswer(records));
    expect(brief(await lookup())).toBe(expected);
    expect(client.calls()).toBe(0);
  });

  it('STS-1.1-1: every Policy Domain is looked up by itself', async () => {
    const { lookup, resolver } = createWorld();
    await lookup(domain('a.test'));
    await lookup(domain('b.test'));
    expect(resolver.lookups).toEqual(['txt _mta-sts.a.test', 'txt _mta-sts.b.test']);
  });

  it('STS-3.3-17: without a policy in the cache a failed fetch is no policy', async () => {
    const { resolver, client, lookup } = createWorld();
    resolver.set(TXT, record('1'));
    client.answer(example, { failure: 'http-status' });
    expect(brief(await lookup())).toBe('no-policy fetch-failed');
  });
});

describe('holding back (RFC 8461 §3.3)', () => {
  const failing = () => {
    const world = createWorld();
    world.resolver.set(TXT, fakeAnswer(['v=STSv1; id=1;'], { ttlSeconds: 60 }));
    world.client.answer(example, { failure: 'connect-timeout' });
    return world;
  };

  it('STS-3.3-13: five minutes between failed fetches of one id', async () => {
    const { lookup, client, clock } = failing();
    await lookup();
    for (let minute = 0; minute < 4; minute += 1) {
      await clock.advance(MINUTE);
      expect(brief(await lookup())).toMatch(/^no-policy (?:fetch-failed|held-back)$/);
    }
    expect(client.calls()).toBe(1);
    await clock.advance(MINUTE + SECOND);
    await lookup();
    expect(client.calls()).toBe(2);
  });

  it('STS-3.3-13: another id is tried at once', async () => {
    const { lookup, client, clock, publish } = failing();
    await lookup();
    publish('2', body('enforce'));
    await clock.advance(61 * SECOND);
    expect(brief(await lookup())).toBe('enforce 2');
    expect(client.calls()).toBe(2);
  });

  it('AMB-48: is remembered across a restart', async () => {
    const { lookup, client, build } = failing();
    await lookup();
    await build().lookup(example);
    expect(client.calls()).toBe(1);
  });
});

describe('lifetime (RFC 8461 §3.2, §5.1)', () => {
  it('STS-3.2-12, AMB-42: max_age counts from the last fetch; an unchanged id does not extend it', async () => {
    const { publish, lookup, resolver, client, clock } = createWorld();
    publish('1', body('enforce', 7200));
    await lookup();
    await clock.advance(50 * MINUTE);
    await lookup();
    await clock.advance(0);
    expect([resolver.count(TXT), client.calls()]).toEqual([2, 1]);
    resolver.set(TXT, fakeFailure('servfail'));
    client.answer(example, { failure: 'connect-refused' });
    await clock.advance(70 * MINUTE - SECOND);
    expect(brief(await lookup())).toBe('enforce 1');
    await clock.advance(2 * SECOND);
    expect(brief(await lookup())).toBe('uncertain servfail');
  });

  it('AMB-20: a max_age of 0 serves the lookup that fetched it, and is not fetched again for five minutes', async () => {
    const { publish, lookup, client, clock } = createWorld();
    publish('1', body('enforce', 0));
    expect(brief(await lookup())).toBe('enforce 1');
    expect(brief(await lookup())).toBe('no-policy held-back');
    expect(client.calls()).toBe(1);
    await clock.advance(5 * MINUTE + SECOND);
    expect(brief(await lookup())).toBe('enforce 1');
  });

  it.each([
    ['STS-3.1-16: the record is gone', fakeAnswer<string>([], { rcode: 'NXDOMAIN' })],
    ['STS-3.3-18: the DNS fails', fakeFailure('servfail')],
    ['STS-3.3-18: the DNS is silent', fakeFailure('timeout')],
    ['STS-3.1-16: the record is invalid', fakeAnswer(['v=STSv1; id=no_good;'])],
    ['STS-3.1-16: there are two records', fakeAnswer(['v=STSv1; id=1;', 'v=STSv1; id=2;'])],
  ])('%s: the cached policy stays in force', async (_, dns) => {
    const { publish, lookup, resolver, clock } = createWorld();
    publish('1', body('enforce'));
    await lookup();
    resolver.set(TXT, dns);
    await clock.advance(6 * MINUTE);
    await lookup();
    await clock.advance(6 * MINUTE);
    expect(brief(await lookup())).toBe('enforce 1');
  });

  it.each(['http-status', 'tls-certificate-expired', 'deadline', 'body-too-large'] as const)(
    'STS-3.3-18: a new id whose policy cannot be fetched (%s) leaves the cached one in force',
    async (failure) => {
      const { publish, lookup, resolver, client, clock } = createWorld();
      publish('1', body('enforce'));
      await lookup();
      resolver.set(TXT, record('2'));
      client.answer(example, { failure });
      await clock.advance(6 * MINUTE);
      await lookup();
      await clock.advance(SECOND);
      expect(brief(await lookup())).toBe('enforce 1');
      expect(client.calls()).toBe(2);
    },
  );

  it('a new id whose body is no policy leaves the cached one in force', async () => {
    const { publish, lookup, client, resolver, clock } = createWorld();
    publish('1', body('enforce'));
    await lookup();
    resolver.set(TXT, record('2'));
    client.answer(example, { body: 'version: STSv1\r\nmode: enforce\r\nmax_age: 86400\r\n' });
    await clock.advance(6 * MINUTE);
    await lookup();
    await clock.advance(SECOND);
    expect(brief(await lookup())).toBe('enforce 1');
  });
});

describe('checking the id (RFC 8461 §3.1, §5.1)', () => {
  it('STS-5-4, STS-5.1-4: on use after the span answers at once and compares in the background', async () => {
    const { publish, lookup, clock, policies } = createWorld();
    publish('1', body('enforce'));
    await lookup();
    publish('2', body('testing'));
    await clock.advance(6 * MINUTE);
    const held = policies.lookup(example);
    expect(held).not.toBeInstanceOf(Promise);
    expect(brief((await held).answer)).toBe('enforce 1');
    await clock.advance(0);
    expect(brief(await lookup())).toBe('testing 2');
  });

  it('STS-3.1-7: an id that goes back is as new as one that goes forward', async () => {
    const { publish, lookup, clock } = createWorld();
    publish('20250101', body('enforce'));
    await lookup();
    publish('20240101', body('testing'));
    await clock.advance(6 * MINUTE);
    await lookup();
    await clock.advance(0);
    expect(brief(await lookup())).toBe('testing 20240101');
  });

  it('STS-8.3-2: a fetched `none` ends enforcement', async () => {
    const { publish, lookup, clock } = createWorld();
    publish('1', body('enforce'));
    await lookup();
    publish('2', body('none', 86_400));
    await clock.advance(6 * MINUTE);
    await lookup();
    await clock.advance(0);
    expect(brief(await lookup())).toBe('none 2');
  });

  it('STS-5.1-1: a changed policy revokes the former answer, an unchanged one does not', async () => {
    const { publish, lookup, revoked, clock } = createWorld();
    publish('1', body('enforce'));
    await lookup();
    revoked.length = 0;
    await clock.advance(6 * MINUTE);
    await lookup();
    await clock.advance(0);
    expect(revoked).toEqual([]);
    publish('2', body('testing'));
    await clock.advance(6 * MINUTE);
    await lookup();
    await clock.advance(0);
    expect(revoked).toEqual([example]);
  });

  it('a policy read back from the store is compared after its first use', async () => {
    const { publish, lookup, clock, build } = createWorld();
    publish('1', body('enforce'));
    await lookup();
    publish('2', body('testing'));
    await clock.advance(6 * MINUTE);
    const restarted = build();
    expect(brief((await restarted.lookup(example)).answer)).toBe('enforce 1');
    await clock.advance(0);
    expect(brief((await restarted.lookup(example)).answer)).toBe('testing 2');
  });
});

describe('refreshing (RFC 8461 §3.3, §10.2)', () => {
  it('STS-3.3-19: fetches daily without any use, and the lifetime moves', async () => {
    const { publish, lookup, client, clock, policies, store } = createWorld();
    publish('1', body('enforce'));
    await lookup();
    policies.start();
    const before = (await store.get(example))?.policy?.expiresAtMs ?? 0;
    await clock.advance(1.2 * DAY);
    expect(client.calls()).toBe(2);
    expect((await store.get(example))?.policy?.expiresAtMs).toBeGreaterThan(before);
    await policies.close();
  });

  it('STS-10.2-2: fetches although the record is gone, and heals a body changed under one id', async () => {
    const { publish, lookup, resolver, client, clock, policies } = createWorld();
    publish('1', body('enforce'));
    await lookup();
    policies.start();
    resolver.remove(TXT);
    client.answer(example, { body: body('testing') });
    await clock.advance(1.2 * DAY);
    expect(brief(await lookup())).toBe('testing 1');
    await policies.close();
  });

  it('AMB-44: a new id with the old body is healed by the next refresh', async () => {
    const { publish, lookup, client, clock, policies } = createWorld();
    publish('1', body('testing'));
    await lookup();
    publish('2', body('testing'));
    await clock.advance(6 * MINUTE);
    await lookup();
    await clock.advance(0);
    client.answer(example, { body: body('enforce') });
    policies.start();
    await clock.advance(1.2 * DAY);
    expect(brief(await lookup())).toBe('enforce 2');
    await policies.close();
  });

  it('STS-3.3-20, STS-10.2-3: alerts on each failure, louder as they repeat, with the remaining lifetime', async () => {
    const { publish, lookup, client, clock, policies, log } = createWorld();
    publish('1', body('enforce'));
    await lookup();
    client.answer(example, { failure: 'connect-refused' });
    policies.start();
    await clock.advance(3 * DAY);
    const alerts = log.entries.filter(({ event }) => event.includes('could not be refreshed'));
    expect(alerts[0]).toMatchObject({
      level: 'warn',
      fields: { code: 'connect-refused', failures: 1 },
    });
    expect(alerts.at(-1)?.level).toBe('error');
    expect(brief(await lookup())).toBe('enforce 1');
    await policies.close();
  });

  it('STS-3.3-20: a policy of mode none alerts nobody', async () => {
    const { publish, lookup, client, clock, policies, log } = createWorld();
    publish('1', body('none'));
    await lookup();
    client.answer(example, { failure: 'connect-refused' });
    policies.start();
    await clock.advance(6 * DAY);
    expect(log.entries.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
    await policies.close();
  });

  it('a policy unused for its whole lifetime is left to expire', async () => {
    const { publish, lookup, client, clock, policies, store } = createWorld();
    publish('1', body('enforce', 3 * 86_400));
    await lookup();
    policies.start();
    await clock.advance(10 * DAY);
    expect(client.calls()).toBeLessThanOrEqual(6);
    expect((await store.get(example))?.policy).toBeUndefined();
    expect((await store.history(example))[0]?.replacedBecause).toBe('expired');
    await policies.close();
  });

  it('a failed refresh is repeated with growing pauses, never within five minutes', async () => {
    const { publish, lookup, client, clock, policies } = createWorld();
    publish('1', body('enforce'));
    await lookup();
    const times: number[] = [];
    client.answer(example, () => {
      times.push(clock.now());
      return { failure: 'http-status' };
    });
    policies.start();
    await clock.advance(3 * DAY);
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(5 * MINUTE);
    expect(pauses.at(-1)).toBeGreaterThan(5 * HOUR);
    await policies.close();
  });
});

describe('saying what happens', () => {
  const logged = (log: ReturnType<typeof createWorld>['log'], level: string) =>
    log.entries.filter((entry) => entry.level === level).map(({ event }) => event);

  it('a record that cannot be used is said once, and counted each time', async () => {
    const { publish, lookup, resolver, clock, log, events } = createWorld();
    publish('1', body('enforce'));
    await lookup();
    resolver.set(TXT, fakeFailure('servfail'));
    for (let round = 0; round < 3; round += 1) {
      await clock.advance(6 * MINUTE);
      await lookup();
      await clock.advance(0);
    }
    expect(logged(log, 'warn')).toEqual([
      'record could not be used; the cached policy stays in force',
    ]);
    expect(events.filter(({ kind }) => kind === 'check-failed').length).toBe(3);
  });

  it('STS-10.2-3: a policy that expires although it is used is an error', async () => {
    const { publish, lookup, resolver, client, clock, log } = createWorld();
    publish('1', body('enforce', 7200));
    await lookup();
    resolver.set(TXT, fakeFailure('timeout'));
    client.answer(example, { failure: 'connect-timeout' });
    await clock.advance(3 * HOUR);
    for (let round = 0; round < 5; round += 1) {
      await lookup();
      await clock.advance(2 * MINUTE);
    }
    expect(logged(log, 'error')).toEqual(['policy expired; mail goes as without one']);
  });

  it('a policy that is announced but cannot be had is said with its code', async () => {
    const { resolver, client, lookup, log } = createWorld();
    resolver.set(TXT, record('1'));
    client.answer(example, { failure: 'tls-certificate-name' });
    await lookup();
    expect(log.entries.at(-1)).toMatchObject({
      level: 'info',
      event: 'policy could not be had; mail goes as without one',
      fields: { domain: example, code: 'tls-certificate-name' },
    });
  });

  it('an expired policy whose host is dead is looked up when it is used, not all the time', async () => {
    const { publish, lookup, resolver, client, clock, policies } = createWorld({
      refreshSeconds: 3,
      holdBackSeconds: 3,
      negativeMinSeconds: 1,
    });
    publish('1', body('enforce', 8));
    await lookup();
    policies.start();
    client.answer(example, { failure: 'http-status' });
    await clock.advance(20 * SECOND);
    const before = resolver.count(TXT);
    await clock.advance(MINUTE);
    expect(resolver.count(TXT)).toBe(before);
    await policies.close();
  });

  it('a span of 0 compares at each use, and never without one', async () => {
    const { publish, lookup, resolver, clock } = createWorld({ recheckSeconds: 0 });
    publish('1', body('enforce'));
    for (let use = 0; use < 3; use += 1) {
      await lookup();
      await clock.advance(MINUTE);
    }
    expect(resolver.count(TXT)).toBeLessThanOrEqual(5);
  });

  it('STS-3.3-13: short checks never shorten the pause after a failed refresh', async () => {
    const { publish, lookup, client, clock } = createWorld({ recheckSeconds: 1 });
    publish('1', body('enforce'));
    await lookup();
    await clock.advance(2 * DAY);
    client.answer(example, { failure: 'http-status' });
    for (let second = 0; second < 299; second += 1) {
      await clock.advance(SECOND);
      await lookup();
    }
    expect(client.calls()).toBe(2);
  });
});

describe('silence of the DNS (AMB-08)', () => {
  it('says since when, until the DNS speaks again', async () => {
    const { resolver, lookup, clock } = createWorld({ negativeMinSeconds: 1 });
    resolver.set(TXT, fakeFailure('timeout'));
    const first = await lookup();
    await clock.advance(5 * MINUTE);
    const second = await lookup();
    expect(second).toEqual(first);
    resolver.remove(TXT);
    await clock.advance(MINUTE);
    expect(brief(await lookup())).toBe('no-policy no-record');
    resolver.set(TXT, fakeFailure('timeout'));
    await clock.advance(DAY);
    const third = await lookup();
    expect(third.kind === 'uncertain' && third.sinceMs).toBe(clock.now());
  });

  it('a lookup that takes too long is answered, and its result kept', async () => {
    const { publish, policies, client, clock, lookup } = createWorld({ lookupDeadlineMs: 2000 });
    publish('1', body('enforce'));
    let deliver: (fetch: { body: string }) => void = () => undefined;
    const trace = { addresses: [], durationMs: 0 };
    client.answer(
      example,
      new Promise((resolve) => {
        deliver = ({ body }) => resolve({ kind: 'body', body, trace });
      }),
    );
    const late = Promise.resolve(policies.lookup(example));
    await clock.advance(2 * SECOND);
    expect(brief((await late).answer)).toBe('uncertain deadline');
    deliver({ body: body('enforce') });
    await clock.advance(0);
    expect(brief(await lookup())).toBe('enforce 1');
  });
});

describe('negative answers', () => {
  it('are given even if they are not to be believed for a moment', async () => {
    const { resolver, lookup } = createWorld({ negativeMinSeconds: 0 });
    resolver.set(TXT, fakeAnswer<string>([], { rcode: 'NXDOMAIN', ttlSeconds: 0 }));
    expect(brief(await lookup())).toBe('no-policy no-record');
  });

  it('are kept by the SOA within the bounds', async () => {
    const { resolver, lookup, clock } = createWorld({ negativeMaxSeconds: 600 });
    resolver.set(TXT, fakeAnswer<string>([], { rcode: 'NXDOMAIN', ttlSeconds: 86_400 }));
    await lookup();
    await clock.advance(9 * MINUTE);
    await lookup();
    expect(resolver.count(TXT)).toBe(1);
    await clock.advance(2 * MINUTE);
    await lookup();
    expect(resolver.count(TXT)).toBe(2);
  });
});

describe('keeping', () => {
  it('a fetch that our own end breaks off is not held against the domain', async () => {
    const { resolver, client, policies, store } = createWorld();
    resolver.set(TXT, record('1'));
    let breakOff: () => void = () => undefined;
    const trace = { addresses: [], durationMs: 0 };
    client.answer(
      example,
      new Promise((resolve) => {
        const resultType = 'sts-policy-fetch-error';
        breakOff = () =>
          resolve({ kind: 'failure', code: 'network', resultType, message: '', trace });
      }),
    );
    const pending = Promise.resolve(policies.lookup(example));
    const closed = policies.close();
    breakOff();
    await closed;
    expect(brief((await pending).answer)).toBe('uncertain network');
    expect(await store.get(example)).toBeUndefined();
  });

  it('what the store would not take is offered again', async () => {
    const store = createMemoryPolicyStore();
    let full = true;
    const sometimes: PolicyStore = {
      ...store,
      putPolicy: (policy) =>
        full ? Promise.reject(new Error('disk full')) : store.putPolicy(policy),
    };
    const { publish, lookup, policies, clock } = createWorld({ store: sometimes });
    policies.start();
    publish('1', body('enforce'));
    expect(brief(await lookup())).toBe('enforce 1');
    expect(policies.unsaved).toBe(1);
    full = false;
    await clock.advance(2 * MINUTE);
    expect(policies.unsaved).toBe(0);
    expect((await store.get(example))?.policy?.id).toBe('1');
    await policies.close();
  });

  it('the store failing stops no lookup, and is said', async () => {
    const broken: PolicyStore = {
      ...createMemoryPolicyStore(),
      get: () => Promise.reject(new Error('disk')),
      putPolicy: () => Promise.reject(new Error('disk')),
      putState: () => Promise.reject(new Error('disk')),
    };
    const { publish, lookup, log, events } = createWorld({ store: broken });
    publish('1', body('enforce'));
    expect(brief(await lookup())).toBe('enforce 1');
    expect(brief(await lookup())).toBe('enforce 1');
    expect(log.entries.some(({ level }) => level === 'error')).toBe(true);
    expect(events).toContainEqual({ kind: 'store-failed' });
  });

  it('memory is bounded; what leaves it comes back from the store', async () => {
    const { resolver, client, policies, lookup, events } = createWorld({ memoryEntries: 10 });
    for (let index = 0; index < 50; index += 1) {
      resolver.set(`txt _mta-sts.d${index}.test`, record('1'));
      client.answer(`d${index}.test`, { body: body('enforce') });
      await lookup(domain(`d${index}.test`));
    }
    expect(policies.size).toBe(10);
    expect(brief(await lookup(domain('d0.test')))).toBe('enforce 1');
    expect(client.calls()).toBe(50);
    expect(events.at(-1)).toEqual({ kind: 'served', from: 'store' });
  });

  it('purge forgets at once and keeps the history', async () => {
    const { publish, policies, store, lookup, resolver, revoked } = createWorld();
    publish('1', body('enforce'));
    await lookup();
    revoked.length = 0;
    expect(await policies.purge(example)).toBe(true);
    expect(revoked).toEqual([example]);
    resolver.remove(TXT);
    expect(brief(await lookup())).toBe('no-policy no-record');
    expect((await store.history(example))[0]).toMatchObject({ id: '1', replacedBecause: 'purged' });
    expect(await policies.purge(example)).toBe(false);
  });

  it("the operator's refresh goes past the hold-back", async () => {
    const { resolver, client, policies, lookup, publish } = createWorld();
    resolver.set(TXT, record('1'));
    client.answer(example, { failure: 'http-status' });
    await lookup();
    publish('1', body('enforce'));
    expect(brief(await policies.refresh(example))).toBe('enforce 1');
    expect(brief(await lookup())).toBe('enforce 1');
  });
});
