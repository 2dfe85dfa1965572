import type { Domain } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import {
  addPolicy,
  domainOf,
  failure,
  openCertificateWorld as open,
} from '../../../../../test/peers/certificate-world.ts';
import { createCertificateAuthority } from '../../../../../test/peers/certificates.ts';
import { IoError } from '../../io/error.ts';
import type { OwnPairs, PemPair } from '../../io/key-files/index.ts';

const DAY_MS = 86_400_000;
const A = domainOf('a.test');
const authority = createCertificateAuthority();

describe('a process that is killed', () => {
  it.each(['finalize', 'download', 'getAuthorization'] as const)(
    'before %s is answered takes up the order at the next start',
    async (call) => {
      const { manager, acme, files, changed, countOf, stateOf, restart } = await open();
      acme.fail(call, failure('unreachable'));
      await manager.tick();
      // As a kill leaves it: the order is noted and due, the key is there.
      const state = await stateOf(A);
      expect(state?.orderUrl).toBe('https://ca.test/order/1');
      expect(files.files.has('certificates/a.test/pending-key.pem')).toBe(true);
      acme.fail(call, undefined);
      expect(await (await restart()).renewNow(A)).toMatchObject({ kind: 'renewed' });
      expect(changed).toEqual([A]);
      expect(countOf('createOrder mta-sts.a.test')).toBe(1);
      expect(files.files.has('certificates/a.test/pending-key.pem')).toBe(false);
      expect((await stateOf(A))?.orderUrl).toBeUndefined();
    },
  );

  it('downloads what was issued, without another look at the name', async () => {
    const { manager, acme, looks, pointing, restart, clock, changed } = await open();
    acme.fail('download', failure('unreachable'));
    await manager.tick();
    pointing.set('mta-sts.a.test', { kind: 'elsewhere', message: 'moved' });
    acme.fail('download', undefined);
    await clock.advance(DAY_MS);
    await (await restart()).tick();
    expect(changed).toEqual([A]);
    expect(looks).toHaveLength(1);
  });

  it('orders anew when the key of the order is lost, or the order came to nothing', async () => {
    const { manager, acme, files, clock, countOf, changed } = await open();
    acme.fail('finalize', failure('unreachable'));
    await manager.tick();
    files.files.delete('certificates/a.test/pending-key.pem');
    acme.fail('finalize', undefined);
    await clock.advance(DAY_MS);
    await manager.tick();
    expect(countOf('createOrder mta-sts.a.test')).toBe(2);
    expect(changed).toEqual([A]);
  });

  it('between the order and its note does not ask again at every start', async () => {
    const { store, countOf, clock, restart } = await open();
    const putCertificate = store.putCertificate.bind(store);
    // The store dies when the order is to be noted: nothing after it is written.
    store.putCertificate = async (state) => {
      if (state.orderUrl !== undefined) throw new Error('killed');
      await putCertificate(state);
    };
    for (let starts = 0; starts < 5; starts += 1) await (await restart()).tick();
    expect(countOf('createOrder mta-sts.a.test')).toBe(1);
    await clock.advance(5 * 60_000);
    await (await restart()).tick();
    expect(countOf('createOrder mta-sts.a.test')).toBe(2);
  });

  it('in an orderly way leaves its order to the next one, and counts no failure', async () => {
    const world = await open();
    const { manager, acme, stateOf, clock } = world;
    acme.fail('finalize', failure('server'));
    const closing = manager.tick();
    const closed = manager.close();
    await Promise.all([closing, closed]);
    expect(await stateOf(A)).toMatchObject({ failures: 0 });
    expect((await stateOf(A))?.nextAttemptAtMs).toBeLessThanOrEqual(clock.now());
    await manager.tick();
    expect(await stateOf(A)).toMatchObject({ failures: 0 });
  });
});

describe('an account', () => {
  it('is made anew when its key is lost', async () => {
    const { manager, files, changed, restart } = await open();
    await manager.tick();
    const before = files.files.get('acme/account.pem');
    files.files.delete('acme/account.pem');
    expect(await (await restart()).renewNow(A)).toMatchObject({ kind: 'renewed' });
    expect(files.files.get('acme/account.pem')).not.toBe(before);
    files.files.set('acme/account.pem', 'not a key');
    expect(await (await restart()).renewNow(A)).toMatchObject({ kind: 'renewed' });
    expect(changed).toHaveLength(3);
  });

  it('is opened again when the authority has forgotten it', async () => {
    const { manager, acme, files, changed, countOf } = await open();
    await manager.tick();
    const key = files.files.get('acme/account.pem');
    acme.forgetAccounts();
    expect(await manager.renewNow(A)).toMatchObject({ kind: 'renewed' });
    expect(files.files.get('acme/account.pem')).toBe(key);
    expect(countOf('openAccount')).toBe(2);
    expect(changed).toHaveLength(2);
  });
});

describe('the end of a certificate', () => {
  const codesOf = async (world: Awaited<ReturnType<typeof open>>): Promise<string[]> =>
    (await world.store.listEvents(A))
      .map(({ code }) => code)
      .filter((code) => code.includes('-end'));

  it('is announced 14, 7, 3 and 1 days before and when it has come, once each, over restarts', async () => {
    const world = await open();
    await world.manager.tick();
    world.acme.fail('createOrder', failure('server'));
    await world.pass(75);
    expect(await codesOf(world)).toEqual([]);
    await world.pass(3);
    world.manager = await world.restart();
    await world.pass(14);
    expect(await codesOf(world)).toEqual([
      'certificate-ends',
      'certificate-ends',
      'certificate-ends',
      'certificate-ends',
      'certificate-ends',
    ]);
    const told = world.log.entries.filter(({ event }) => event === 'certificate comes to its end');
    expect(told.map(({ level }) => level)).toEqual(['warn', 'warn', 'error', 'error', 'error']);
    const seen = world.observed.filter(({ kind }) => kind === 'expiry');
    expect(seen.at(-1)).toMatchObject({ ended: 1, ending: 0 });
  });

  it('is an alert until the certificate is renewed, told every day', async () => {
    const world = await open();
    await world.manager.tick();
    world.acme.fail('createOrder', failure('server'));
    await world.pass(77);
    const kinds: string[] = [];
    const stop = world.alerts.onNews(() => {
      const about = world.alerts.undelivered().find(({ code }) => code === 'certificate-ends');
      if (about === undefined) return;
      kinds.push(`${about.kind} ${about.severity}`);
      world.alerts.confirm(about, [], true);
    });
    await world.pass(3);
    expect(kinds.length).toBeGreaterThan(1);
    expect(kinds).toEqual(kinds.map(() => 'repeated warning'));
    world.acme.fail('createOrder', undefined);
    await world.manager.renewNow(A);
    await world.pass(1);
    expect(kinds.at(-1)).toBe('over warning');
    expect(world.alerts.standing()).toEqual([]);
    stop();
  });

  it('is no alert while a short-lived certificate is renewed in time', async () => {
    const world = await open([A], { lifetimeDays: 6 });
    await world.manager.tick();
    await world.pass(40);
    expect(await codesOf(world)).toEqual([]);
    expect(world.changed.length).toBeGreaterThan(9);
  });

  it('is a metric', async () => {
    const { manager, observed, stateOf } = await open();
    await manager.tick();
    const { notAfterMs } = (await stateOf(A)) ?? {};
    await manager.tick();
    expect(observed[0]).toMatchObject({ kind: 'expiry', certificates: 0, missing: 1 });
    expect(observed).toContainEqual({ kind: 'obtained', domain: A });
    expect(notAfterMs).toBeDefined();
  });
});

describe('certificates from files of the operator', () => {
  const paths = { certificateFile: '/etc/c.pem', keyFile: '/etc/k.pem' };

  function pairOf(options: Parameters<typeof authority.issue>[0]): PemPair {
    const { keyPem, chainPem } = authority.issue(options);
    return { keyPem, chainPem };
  }

  /** Files that a test changes. Certificates begin a day before the fake clock stands. */
  async function openOwn() {
    const notBefore = new Date(Date.UTC(2025, 11, 31));
    const good = (): PemPair =>
      pairOf({ dnsNames: ['mta-sts.a.test'], notBefore, notAfter: new Date(Date.UTC(2026, 2, 1)) });
    const expired = pairOf({
      dnsNames: ['mta-sts.a.test'],
      notBefore,
      notAfter: new Date(Date.UTC(2025, 11, 31, 12)),
    });
    const disk: { stamp: number; pair: PemPair | IoError } = { stamp: 1, pair: good() };
    const ownPairs: OwnPairs = {
      async stampOf() {
        if (disk.pair instanceof IoError) throw disk.pair;
        return String(disk.stamp);
      },
      async read() {
        if (disk.pair instanceof IoError) throw disk.pair;
        return disk.pair;
      },
    };
    const put = (pair: PemPair | IoError): void => {
      disk.pair = pair;
      disk.stamp += 1;
    };
    const world = await open([A], { own: new Map<Domain, typeof paths>([[A, paths]]), ownPairs });
    return { ...world, disk, put, good, expired };
  }

  it('are used, and never ordered', async () => {
    const { manager, disk, acme, stateOf } = await openOwn();
    await manager.tick();
    expect(await manager.load(A)).toEqual(disk.pair);
    expect(acme.calls).toEqual([]);
    expect((await stateOf(A))?.notAfterMs).toBe(Date.UTC(2026, 2, 1));
    expect(await manager.renewNow(A)).toEqual({ kind: 'own-files' });
  });

  it('can be had before the first tick', async () => {
    const { manager, disk, changed } = await openOwn();
    expect(await manager.load(A)).toEqual(disk.pair);
    await manager.tick();
    expect(changed).toEqual([A]);
  });

  it('are taken over without a restart when the files change', async () => {
    const { manager, clock, changed, put, good } = await openOwn();
    await manager.tick();
    const next = good();
    put(next);
    await manager.tick();
    expect(changed).toEqual([A]);
    await clock.advance(30_000);
    await manager.tick();
    expect(changed).toEqual([A, A]);
    expect(await manager.load(A)).toEqual(next);
  });

  it('that are bad are said, with a remedy, and change nothing', async () => {
    const { manager, clock, changed, put, good, expired, stateOf, log } = await openOwn();
    await manager.tick();
    const before = await manager.load(A);
    const unreadable = new IoError(
      'files-unreadable',
      'Cannot read /etc/k.pem: permission is denied',
      {
        temporary: false,
      },
    );
    for (const [bad, code] of [
      [expired, 'certificate-expired'],
      [{ ...good(), keyPem: good().keyPem }, 'key-mismatch'],
      [pairOf({ dnsNames: ['a.test'] }), 'certificate-name'],
      [unreadable, 'files-unreadable'],
    ] as const) {
      put(bad);
      await clock.advance(30_000);
      await manager.tick();
      const state = await stateOf(A);
      expect(state?.problem).toMatchObject({ code });
      expect(state?.problem?.remedy).toMatch(/^(Put|Give)/);
      expect(await manager.load(A)).toEqual(before);
    }
    const warnings = log.entries.length;
    await clock.advance(30_000);
    await manager.tick();
    expect(log.entries.length).toBe(warnings);
    expect(changed).toEqual([A]);
    put(good());
    await clock.advance(30_000);
    await manager.tick();
    expect((await stateOf(A))?.problem).toBeUndefined();
  });

  it('that were expired from the beginning are not used', async () => {
    const { manager, put, expired, changed, stateOf } = await openOwn();
    put(expired);
    await manager.tick();
    expect(await manager.load(A)).toBeUndefined();
    expect(changed).toEqual([]);
    expect((await stateOf(A))?.problem?.message).toContain('ended on 2025-12-31T12:00:00.000Z');
  });
});

describe('a domain that goes', () => {
  it('takes key, certificate and state along', async () => {
    const { manager, changed, files, stateOf } = await open();
    await manager.tick();
    await manager.remove(A);
    expect(changed).toEqual([A, A]);
    expect([...files.files.keys()]).toEqual(['acme/account.pem']);
    expect(await stateOf(A)).toBeUndefined();
    expect(await manager.load(A)).toBeUndefined();
  });

  it('is forgotten by itself when it has no policy any more', async () => {
    const { manager, store, stateOf, pass } = await open();
    await manager.tick();
    const found = await store.getDomain(A);
    expect(found && (await store.removeDomain(found, []))).toBe(true);
    await pass(61, DAY_MS);
    expect(await stateOf(A)).toBeUndefined();
  });
});

describe('ticks', () => {
  it('come by the clock after start, and end with close', async () => {
    const { manager, clock, changed, store } = await open([]);
    manager.start();
    await clock.advance(5000);
    expect(changed).toEqual([]);
    await addPolicy(store, A);
    await manager.ensure(A);
    await clock.advance(5000);
    while (changed.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(changed).toEqual([A]);
    await manager.close();
    await manager.renewNow(A);
    expect(changed).toEqual([A]);
  });

  it('outlive a store that fails', async () => {
    const { manager, store, log, changed, alerts } = await open();
    const listDue = store.listDueCertificates.bind(store);
    store.listDueCertificates = () => Promise.reject(new Error('the disk is full'));
    await manager.tick();
    expect(log.entries.at(-1)?.event).toBe('certificates cannot be looked after');
    expect(alerts.standing()).toMatchObject([
      {
        code: 'certificates-failing',
        message: 'Certificates cannot be looked after (what is due): the disk is full',
      },
    ]);
    store.listDueCertificates = listDue;
    await manager.tick();
    expect(changed).toEqual([A]);
    expect(alerts.standing()).toEqual([]);
  });
});
