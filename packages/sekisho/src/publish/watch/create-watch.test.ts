import type { Domain, StsMode } from '@sekisho/spec';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ALL_MOVES, publishVersion } from '../../../../../test/peers/publish-changes.ts';
import { createFakeClock } from '../../io/clock/index.ts';
import { createFakeResolver, fakeAnswer, fakeFailure } from '../../io/dns/index.ts';
import { AlertBook } from '../../alert/index.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import { PUBLISH_ALERTS } from '../alerts/index.ts';
import { openMemoryPublishStore } from '../store/index.ts';
import { createFakeMxProber, fakeProbe, type MxProbe } from '../../io/smtp/index.ts';
import { createWatch, type WatchObservation, type WatchOptions } from './index.ts';

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const A = 'a.test' as Domain;
const MX = 'mx.a.test';

async function start(options: Partial<WatchOptions> = {}) {
  const clock = createFakeClock();
  const store = await openMemoryPublishStore();
  const resolver = createFakeResolver();
  const prober = createFakeMxProber({ [MX]: [fakeProbe(MX)] });
  const log = createMemoryLog();
  const observed: WatchObservation[] = [];
  const openBook = () => AlertBook.open({ store, clock, log, rules: PUBLISH_ALERTS });
  const alerts = await openBook();
  const watch = createWatch({
    clock,
    store,
    resolver,
    prober,
    log,
    alerts,
    observe: (observation) => observed.push(observation),
    chance: () => 0,
    ...options,
  });
  onTestFinished(async () => {
    await watch.close();
    await alerts.close();
    await store.close();
  });
  const setMx = (domain: Domain, ...hosts: readonly string[]): void =>
    resolver.set(
      `mx ${domain}`,
      fakeAnswer(hosts.map((exchange, preference) => ({ preference, exchange }))),
    );
  const publish = (
    domain: Domain,
    mode: StsMode,
    mx: readonly string[],
    id = 'a1',
    moves: Parameters<typeof publishVersion>[4] = ALL_MOVES,
  ) => {
    const body = `version: STSv1\r\nmode: ${mode}\r\n`;
    const made = { createdBy: 'admin', overrides: [], purpose: 'set' } as const;
    const policy = { id, body, mode, maxAgeSeconds: 86_400, mx };
    return publishVersion(store, domain, { ...policy, ...made }, clock.now(), moves);
  };
  const events = async (domain = A) =>
    (await store.listEvents(domain)).map(({ code }) => code).toReversed();
  const levels = () =>
    log.entries.filter(({ level }) => level !== 'debug').map(({ level }) => level);
  setMx(A, MX);
  return {
    clock,
    store,
    resolver,
    prober,
    log,
    observed,
    watch,
    alerts,
    openBook,
    setMx,
    publish,
    events,
    levels,
  };
}

describe('a look by schedule', () => {
  it('writes down live MX and probes, and is due again after its time', async () => {
    const { clock, store, watch, prober, publish, setMx } = await start({ everySeconds: 21_600 });
    await publish(A, 'testing', [MX]);
    setMx(A, MX, 'mx2.a.test');
    prober.set('mx2.a.test', [fakeProbe('mx2.a.test', 'no-address')]);
    const at = clock.now();
    await watch.tick();
    expect(await store.getDomain(A)).toMatchObject({
      liveMx: { hosts: [MX, 'mx2.a.test'], atMs: at },
      nextProbeAtMs: at + 6 * HOUR,
    });
    const probes = await store.listProbes(A, 0);
    expect(probes).toMatchObject([
      { mxHost: MX, address: '192.0.2.25', atMs: at, code: 'ok' },
      { mxHost: 'mx2.a.test', code: 'no-address' },
    ]);
    await watch.tick();
    expect(prober.looks).toHaveLength(2);
    await clock.advance(6 * HOUR);
    await watch.tick();
    expect(prober.looks).toHaveLength(4);
  });

  it('is spread by chance, never beyond its time', async () => {
    const { clock, store, watch, publish } = await start({ everySeconds: 1000, chance: () => 1 });
    await publish(A, 'testing', [MX]);
    await watch.tick();
    expect((await store.getDomain(A))?.nextProbeAtMs).toBe(clock.now() + 900 * SECOND);
  });

  it('polls by the clock, until it is closed', async () => {
    const { clock, watch, prober, publish } = await start({ everySeconds: 100, pollMs: 5_000 });
    watch.start();
    await clock.advance(0);
    await publish(A, 'testing', [MX]);
    await clock.advance(5_000);
    expect(prober.looks).toEqual([MX]);
    await clock.advance(110 * SECOND);
    expect(prober.looks).toEqual([MX, MX]);
    await watch.close();
    await clock.advance(DAY);
    expect(prober.looks).toHaveLength(2);
  });

  it('one host of many domains is looked at once in a round', async () => {
    const { clock, store, watch, prober, publish, setMx } = await start();
    const domains = Array.from({ length: 100 }, (_, place) => `d${place}.test` as Domain);
    for (const domain of domains) {
      setMx(domain, MX);
      await publish(domain, 'testing', [MX]);
    }
    await watch.tick();
    expect(prober.looks).toEqual([MX]);
    for (const domain of domains) expect(await store.listProbes(domain, 0)).toHaveLength(1);
    await clock.advance(6 * HOUR);
    await watch.tick();
    expect(prober.looks).toEqual([MX, MX]);
  });

  it('slow domains never delay others, and are not looked at twice at once', async () => {
    const { clock, store, watch, prober, publish, setMx } = await start({ concurrency: 2 });
    let end = (_probes: readonly MxProbe[]): void => undefined;
    const never = new Promise<readonly MxProbe[]>((resolve) => {
      end = resolve;
    });
    onTestFinished(() => end([]));
    for (const name of ['s1', 's2', 's3']) {
      setMx(`${name}.test` as Domain, `mx.${name}.test`);
      prober.set(`mx.${name}.test`, () => never);
      await publish(`${name}.test` as Domain, 'testing', []);
    }
    await clock.advance(1);
    await publish(A, 'testing', [MX]);
    watch.start();
    await clock.advance(5 * SECOND);
    expect(prober.looks).toEqual(['mx.s1.test', 'mx.s2.test']);
    await clock.advance(10 * SECOND);
    expect(prober.looks).toEqual(['mx.s1.test', 'mx.s2.test', 'mx.s3.test', MX]);
    expect(await store.listProbes(A, 0)).toHaveLength(1);
    await clock.advance(HOUR);
    expect(prober.looks).toHaveLength(4);
  });

  it('an error of one domain stops neither the others nor the watch', async () => {
    const { clock, watch, prober, publish, setMx, log, alerts } = await start();
    const bad = 'bad.test' as Domain;
    setMx(bad, 'mx.bad.test');
    prober.set('mx.bad.test', () => Promise.reject(new Error('a fault of ours')));
    await publish(bad, 'testing', []);
    await publish(A, 'testing', [MX]);
    await watch.tick();
    expect(prober.looks).toEqual([MX, 'mx.bad.test']);
    expect(alerts.standing()).toMatchObject([
      {
        code: 'mx-watch-failing',
        message: 'MX hosts cannot be looked at (bad.test): a fault of ours',
      },
    ]);
    expect(log.entries).toMatchObject([{ level: 'error', fields: { domain: bad } }]);
    await clock.advance(300 * SECOND);
    await watch.tick();
    expect(prober.looks).toEqual([MX, 'mx.bad.test', 'mx.bad.test']);
    prober.set('mx.bad.test', [fakeProbe('mx.bad.test')]);
    await clock.advance(300 * SECOND);
    await watch.tick();
    expect(alerts.standing().map(({ code }) => code)).not.toContain('mx-watch-failing');
  });
});

describe('a lookup that fails', () => {
  it('STS-8.1-2: is uncertainty: the known hosts are looked at, nothing is raised or over', async () => {
    const { clock, store, resolver, watch, publish, events, observed, setMx } = await start();
    await publish(A, 'enforce', ['other.a.test']);
    await watch.tick();
    expect(await events()).toEqual(['mx-unmatched']);
    await clock.advance(6 * HOUR);
    resolver.set(`mx ${A}`, fakeFailure('servfail'));
    await watch.tick();
    expect(await events()).toEqual(['mx-unmatched']);
    expect(await store.getDomain(A)).toMatchObject({
      liveMx: { hosts: [MX] },
      nextProbeAtMs: clock.now() + 300 * SECOND,
    });
    expect(await store.listProbes(A, 0)).toHaveLength(2);
    expect(observed).toContainEqual({ kind: 'lookup-failed', domain: A });
    setMx(A, 'other.a.test');
    await clock.advance(300 * SECOND);
    await watch.tick();
    expect(await events()).toEqual([
      'mx-unmatched',
      'mx-changed',
      'probe-failed',
      'mx-unmatched-over',
    ]);
  });
});

describe('alerts', () => {
  it('STS-4.1-2: an MX that the announced policy does not allow, with what it means', async () => {
    const { store, watch, publish, setMx, log } = await start();
    await publish(A, 'enforce', ['*.a.test']);
    setMx(A, MX, 'x.mx.a.test');
    await watch.tick();
    const [, event] = await store.listEvents(A);
    expect(event).toMatchObject({
      code: 'mx-unmatched',
      message:
        'MX x.mx.a.test: no mx of the announced policy allows it; in mode enforce senders do not deliver to it (RFC 8461 §5).',
    });
    expect(log.entries[0]).toMatchObject({
      level: 'error',
      event: 'the policy does not allow an MX host',
      fields: { domain: A, code: 'mx-unmatched', mxHost: 'x.mx.a.test' },
    });
  });

  it.each<[StsMode, readonly string[], readonly string[]]>([
    ['enforce', ['error'], ['mx-unmatched']],
    ['testing', ['warn'], ['mx-unmatched']],
    ['none', [], []],
  ])('in mode %s they are %j', async (mode, levels, codes) => {
    const { watch, publish, events, levels: found } = await start();
    await publish(A, mode, ['other.a.test']);
    await watch.tick();
    expect(found()).toEqual(levels);
    expect(await events()).toEqual(codes);
  });

  it('tell when nothing at all is allowed, and when the cure is on its way', async () => {
    const { store, watch, publish } = await start();
    await publish(A, 'enforce', ['other.a.test']);
    await publish(A, 'enforce', [MX], 'b2', ['served']);
    await watch.tick();
    expect((await store.listEvents(A))[0]?.message).toBe(
      'MX mx.a.test: no mx of the announced policy allows it; in mode enforce senders deliver no mail at all, as no MX host is allowed (RFC 8461 §5). The version that is being announced allows it.',
    );
  });

  it('are raised on change, once a day while they stand, and end with a quiet line', async () => {
    const { clock, watch, prober, publish, events, levels, observed } = await start();
    await publish(A, 'enforce', [MX]);
    prober.set(MX, [fakeProbe(MX, 'tls-failed')]);
    await watch.tick();
    expect(await events()).toEqual(['probe-failed']);
    for (let look = 0; look < 3; look += 1) {
      await clock.advance(6 * HOUR);
      prober.set(MX, [fakeProbe(MX, 'timeout')]);
      await watch.tick();
    }
    expect(await events()).toEqual(['probe-failed']);
    await clock.advance(6 * HOUR);
    await watch.tick();
    expect(await events()).toEqual(['probe-failed', 'probe-failed']);
    prober.set(MX, [fakeProbe(MX, 'no-route')]);
    await clock.advance(6 * HOUR);
    await watch.tick();
    expect(await events()).toHaveLength(2);
    prober.set(MX, [fakeProbe(MX)]);
    await clock.advance(6 * HOUR);
    await watch.tick();
    await clock.advance(6 * HOUR);
    await watch.tick();
    expect(await events()).toEqual(['probe-failed', 'probe-failed', 'probe-failed-over']);
    expect(levels()).toEqual(['error', 'error', 'info']);
    expect(observed.filter(({ kind }) => kind === 'alert' || kind === 'over')).toHaveLength(3);
  });

  it('are not raised again by a restart', async () => {
    const world = await start();
    const { clock, watch, publish, events, alerts, openBook } = world;
    await publish(A, 'enforce', ['other.a.test']);
    await watch.tick();
    await alerts.close();
    const again = createWatch({ ...world, alerts: await openBook(), chance: () => 0 });
    onTestFinished(() => again.close());
    await clock.advance(6 * HOUR);
    await again.tick();
    expect(await events()).toEqual(['mx-unmatched']);
  });

  it('are raised again when the mode makes something else of them', async () => {
    const { clock, watch, publish, events, levels } = await start();
    await publish(A, 'testing', ['other.a.test']);
    await watch.tick();
    await publish(A, 'enforce', ['other.a.test'], 'b2');
    await clock.advance(6 * HOUR);
    await watch.tick();
    expect(await events()).toEqual(['mx-unmatched', 'mx-unmatched']);
    expect(levels()).toEqual(['warn', 'error']);
  });

  it.each([
    [13, 90, true],
    [15, 90, false],
    [13, 20, false],
    [5, 20, true],
  ])('a certificate with %d of %d days left: %s', async (left, life, isAlert) => {
    const { clock, watch, prober, publish, events } = await start();
    await publish(A, 'testing', [MX]);
    const notAfterMs = clock.now() + left * DAY;
    const certificate = { dnsNames: [MX], issuer: 'CN=x', notAfterMs };
    const seen = { ...certificate, notBeforeMs: notAfterMs - life * DAY };
    prober.set(MX, [fakeProbe(MX, 'ok', { certificate: seen })]);
    await watch.tick();
    expect(await events()).toEqual(isAlert ? ['certificate-of-mx-ends-soon'] : []);
  });
});

describe('probeNow', () => {
  it('looks at once, whatever was seen shortly before', async () => {
    const { watch, prober, publish } = await start();
    await publish(A, 'testing', ['other.a.test']);
    await watch.tick();
    expect(await watch.probeNow(A)).toMatchObject({
      hosts: [MX],
      unmatched: [MX],
      probes: [{ mxHost: MX, code: 'ok' }],
    });
    expect(prober.looks).toEqual([MX, MX]);
  });

  it('says why the MX hosts are not known', async () => {
    const { watch, resolver, publish } = await start();
    await publish(A, 'testing', [MX]);
    resolver.set(`mx ${A}`, fakeFailure('timeout', 'no answer'));
    expect(await watch.probeNow(A)).toMatchObject({ hosts: [], lookupProblem: 'no answer' });
  });

  it('knows only domains that are here', async () => {
    const { watch, prober } = await start();
    expect(await watch.probeNow(A)).toBeUndefined();
    expect(prober.looks).toEqual([]);
  });
});
