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
      const { keeper, acme, files, changed, countOf, stateOf, restart } = await open();
      acme.fail(call, failure('unreachable'));
      await keeper.tick();
      // As a kill leaves it: the order is noted and due, the key is there.
      const state = await stateOf(A);
      expect(state?.orderUrl).toBe('https://ca.test/order/1');
      expect(files.files.has('certificates/a.test/pending-key.pem')).toBe(true);
      acme.fail(call, undefined);
      expect(await restart().renewNow(A)).toMatchObject({ kind: 'renewed' });
      expect(changed).toEqual([A]);
      expect(countOf('createOrder mta-sts.a.test')).toBe(1);
      expect(files.files.has('certificates/a.test/pending-key.pem')).toBe(false);
      expect((await stateOf(A))?.orderUrl).toBeUndefined();
    },
  );

  it('downloads what was issued, without another look at the name', async () => {
    const { keeper, acme, looks, pointing, restart, clock, changed } = await open();
    acme.fail('download', failure('unreachable'));
    await keeper.tick();
    pointing.set('mta-sts.a.test', { kind: 'elsewhere', message: 'moved' });
    acme.fail('download', undefined);
    await clock.advance(DAY_MS);
    await restart().tick();
    expect(changed).toEqual([A]);
    expect(looks).toHaveLength(1);
  });

  it('orders anew when the key of the order is lost, or the order came to nothing', async () => {
    const { keeper, acme, files, clock, countOf, changed } = await open();
    acme.fail('finalize', failure('unreachable'));
    await keeper.tick();
    files.files.delete('certificates/a.test/pending-key.pem');
    acme.fail('finalize', undefined);
    await clock.advance(DAY_MS);
    await keeper.tick();
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
    for (let starts = 0; starts < 5; starts += 1) await restart().tick();
    expect(countOf('createOrder mta-sts.a.test')).toBe(1);
    await clock.advance(5 * 60_000);
    await restart().tick();
    expect(countOf('createOrder mta-sts.a.test')).toBe(2);
  });

  it('in an orderly way leaves its order to the next one, and counts no failure', async () => {
    const world = await open();
    const { keeper, acme, stateOf, clock } = world;
    acme.fail('finalize', failure('server'));
    const closing = keeper.tick();
    const closed = keeper.close();
    await Promise.all([closing, closed]);
    expect(await stateOf(A)).toMatchObject({ failures: 0 });
    expect((await stateOf(A))?.nextAttemptAtMs).toBeLessThanOrEqual(clock.now());
    await keeper.tick();
    expect(await stateOf(A)).toMatchObject({ failures: 0 });
  });
});

describe('an account', () => {
  it('is made anew when its key is lost', async () => {
    const { keeper, files, changed, restart } = await open();
    await keeper.tick();
    const before = files.files.get('acme/account.pem');
    files.files.delete('acme/account.pem');
    expect(await restart().renewNow(A)).toMatchObject({ kind: 'renewed' });
    expect(files.files.get('acme/account.pem')).not.toBe(before);
    files.files.set('acme/account.pem', 'not a key');
    expect(await restart().renewNow(A)).toMatchObject({ kind: 'renewed' });
    expect(changed).toHaveLength(3);
  });

  it('is opened again when the authority has forgotten it', async () => {
    const { keeper, acme, files, changed, countOf } = await open();
    await keeper.tick();
    const key = files.files.get('acme/account.pem');
    acme.forgetAccounts();
    expect(await keeper.renewNow(A)).toMatchObject({ kind: 'renewed' });
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
    await world.keeper.tick();
    world.acme.fail('createOrder', failure('server'));
    await world.pass(75);
    expect(await codesOf(world)).toEqual([]);
    await world.pass(3);
    world.keeper = world.restart();
    await world.pass(14);
    expect(await codesOf(world)).toEqual([
      'certificate-ended',
      'certificate-ends-in-1-days',
      'certificate-ends-in-3-days',
      'certificate-ends-in-7-days',
      'certificate-ends-in-14-days',
    ]);
    const alarms = world.log.entries.filter(
      ({ event }) => event === 'certificate comes to its end',
    );
    expect(alarms.map(({ level }) => level)).toEqual(['warn', 'warn', 'error', 'error', 'error']);
    const seen = world.observed.filter(({ kind }) => kind === 'expiry');
    expect(seen.at(-1)).toMatchObject({ ended: 1, ending: 0 });
  });

  it('is no alarm while a short-lived certificate is renewed in time', async () => {
    const world = await open([A], { lifetimeDays: 6 });
    await world.keeper.tick();
    await world.pass(40);
    expect(await codesOf(world)).toEqual([]);
    expect(world.changed.length).toBeGreaterThan(9);
  });

  it('is a metric', async () => {
    const { keeper, observed, stateOf } = await open();
    await keeper.tick();
    const { notAfterMs } = (await stateOf(A)) ?? {};
    await keeper.tick();
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
    const { keeper, disk, acme, stateOf } = await openOwn();
    await keeper.tick();
    expect(await keeper.load(A)).toEqual(disk.pair);
    expect(acme.calls).toEqual([]);
    expect((await stateOf(A))?.notAfterMs).toBe(Date.UTC(2026, 2, 1));
    expect(await keeper.renewNow(A)).toEqual({ kind: 'own-files' });
  });

  it('can be had before the first tick', async () => {
    const { keeper, disk, changed } = await openOwn();
    expect(await keeper.load(A)).toEqual(disk.pair);
    await keeper.tick();
    expect(changed).toEqual([A]);
  });

  it('are taken over without a restart when the files change', async () => {
    const { keeper, clock, changed, put, good } = await openOwn();
    await keeper.tick();
    const next = good();
    put(next);
    await keeper.tick();
    expect(changed).toEqual([A]);
    await clock.advance(30_000);
    await keeper.tick();
    expect(changed).toEqual([A, A]);
    expect(await keeper.load(A)).toEqual(next);
  });

  it('that are bad are said, with a remedy, and change nothing', async () => {
    const { keeper, clock, changed, put, good, expired, stateOf, log } = await openOwn();
    await keeper.tick();
    const before = await keeper.load(A);
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
      await keeper.tick();
      const state = await stateOf(A);
      expect(state?.problem).toMatchObject({ code });
      expect(state?.problem?.remedy).toMatch(/^(Put|Give)/);
      expect(await keeper.load(A)).toEqual(before);
    }
    const warnings = log.entries.length;
    await clock.advance(30_000);
    await keeper.tick();
    expect(log.entries.length).toBe(warnings);
    expect(changed).toEqual([A]);
    put(good());
    await clock.advance(30_000);
    await keeper.tick();
    expect((await stateOf(A))?.problem).toBeUndefined();
  });

  it('that were expired from the beginning are not used', async () => {
    const { keeper, put, expired, changed, stateOf } = await openOwn();
    put(expired);
    await keeper.tick();
    expect(await keeper.load(A)).toBeUndefined();
    expect(changed).toEqual([]);
    expect((await stateOf(A))?.problem?.message).toContain('ended on 2025-12-31T12:00:00.000Z');
  });
});

describe('a domain that goes', () => {
  it('takes key, certificate and state along', async () => {
    const { keeper, changed, files, stateOf } = await open();
    await keeper.tick();
    await keeper.remove(A);
    expect(changed).toEqual([A, A]);
    expect([...files.files.keys()]).toEqual(['acme/account.pem']);
    expect(await stateOf(A)).toBeUndefined();
    expect(await keeper.load(A)).toBeUndefined();
  });

  it('is forgotten by itself when it has no policy any more', async () => {
    const { keeper, store, stateOf, pass } = await open();
    await keeper.tick();
    const found = await store.getDomain(A);
    expect(found && (await store.removeDomain(found, []))).toBe(true);
    await pass(61, DAY_MS);
    expect(await stateOf(A)).toBeUndefined();
  });
});

describe('ticks', () => {
  it('come by the clock after start, and end with close', async () => {
    const { keeper, clock, changed, store } = await open([]);
    keeper.start();
    await clock.advance(5000);
    expect(changed).toEqual([]);
    await addPolicy(store, A);
    await keeper.ensure(A);
    await clock.advance(5000);
    while (changed.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(changed).toEqual([A]);
    await keeper.close();
    await keeper.renewNow(A);
    expect(changed).toEqual([A]);
  });

  it('outlive a store that fails', async () => {
    const { keeper, store, log, changed } = await open();
    const listDue = store.listDueCertificates.bind(store);
    store.listDueCertificates = () => Promise.reject(new Error('the disk is full'));
    await keeper.tick();
    expect(log.entries.at(-1)?.event).toBe('certificates cannot be looked after');
    store.listDueCertificates = listDue;
    await keeper.tick();
    expect(changed).toEqual([A]);
  });
});
