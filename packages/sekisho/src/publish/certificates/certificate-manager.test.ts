import type { Domain } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import {
  addPolicy,
  domainOf,
  failure,
  openCertificateWorld as open,
} from '../../../../../test/peers/certificate-world.ts';
import { createCertificateAuthority } from '../../../../../test/peers/certificates.ts';
import { createFakeAcmeClient } from '../../io/acme/index.ts';
import { IoError } from '../../io/error.ts';
import { CertificateManager } from './index.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const [A, B, C, D] = ['a.test', 'b.test', 'c.test', 'd.test'].map(domainOf) as [
  Domain,
  Domain,
  Domain,
  Domain,
];

describe('a first certificate', () => {
  it('is ordered for every domain with a policy, by one account', async () => {
    const { manager, changed, countOf, standing, store } = await open([A, B]);
    await manager.tick();
    expect(changed.toSorted()).toEqual([A, B]);
    expect(countOf('openAccount')).toBe(1);
    expect((await manager.load(A))?.chainPem).toContain('CERTIFICATE');
    expect(standing.size).toBe(0);
    expect((await store.listEvents(A)).map(({ code }) => code)).toEqual(['certificate-issued']);
  });

  it('is ordered at once for a domain that comes into care later', async () => {
    const { manager, changed, store } = await open([]);
    await manager.tick();
    await addPolicy(store, A);
    await manager.ensure(A);
    await manager.ensure(A);
    await manager.tick();
    expect(changed).toEqual([A]);
    expect(await manager.load(B)).toBeUndefined();
  });

  it('is found on the disk when the store was lost, and not ordered again', async () => {
    const before = await open();
    await before.manager.tick();
    const after = await open();
    for (const [path, text] of before.files.files) after.files.files.set(path, text);
    await after.manager.tick();
    expect(after.countOf('createOrder mta-sts.a.test')).toBe(0);
    expect(await after.stateOf(A)).toMatchObject({
      failures: 0,
      notAfterMs: (await before.stateOf(A))?.notAfterMs,
    });
  });

  it('is not ordered for a name that leads elsewhere, and soon after it leads here', async () => {
    const { manager, acme, clock, changed, pointing, stateOf } = await open();
    const host = 'mta-sts.a.test';
    pointing.set(host, { kind: 'elsewhere', message: 'it leads elsewhere' });
    await manager.tick();
    expect(acme.calls).toEqual([]);
    expect(await stateOf(A)).toMatchObject({
      failures: 1,
      problem: { code: 'not-pointing-here', message: 'it leads elsewhere' },
      nextAttemptAtMs: clock.now() + MINUTE_MS,
    });
    pointing.delete(host);
    await clock.advance(MINUTE_MS - 1);
    await manager.tick();
    expect(changed).toEqual([]);
    await clock.advance(1);
    await manager.tick();
    expect(changed).toEqual([A]);
    expect((await stateOf(A))?.problem).toBeUndefined();
  });

  it('waits for an operator where there is no authority', async () => {
    const { store, settings, stateOf } = await open();
    const { authority: _none, ...rest } = settings;
    const manager = new CertificateManager(rest);
    await manager.tick();
    expect((await stateOf(A))?.problem).toMatchObject({
      code: 'acme-off',
      remedy: expect.stringContaining('acme.directory'),
    });
    expect(await manager.renewNow(A)).toMatchObject({ kind: 'failed' });
    expect(await store.listEvents(A)).toEqual([]);
  });
});

describe('a failure', () => {
  it('is followed by the other challenge, and by growing pauses', async () => {
    const { manager, clock, stateOf, hide, looks, countOf } = await open();
    hide(true);
    for (const minutes of [5, 10, 20, 40]) {
      await manager.tick();
      expect((await stateOf(A))?.nextAttemptAtMs).toBe(clock.now() + minutes * MINUTE_MS);
      await clock.advance(minutes * MINUTE_MS - 1);
      await manager.tick();
      await clock.advance(1);
    }
    const [http, alpn] = ['http-01 mta-sts.a.test', 'tls-alpn-01 mta-sts.a.test'];
    expect(looks).toEqual([http, alpn, http, alpn]);
    expect(countOf('createOrder mta-sts.a.test')).toBe(4);
    hide(false);
    await manager.tick();
    expect(await stateOf(A)).toMatchObject({ failures: 0 });
  });

  it('is noted once in the history, and with every try in the log', async () => {
    const { manager, clock, store, hide, log, alerts } = await open();
    hide(true);
    await manager.tick();
    await clock.advance(DAY_MS);
    await manager.tick();
    expect(alerts.standing()).toMatchObject([
      { code: 'certificate-not-obtained', subject: { domain: A }, kind: 'repeated' },
    ]);
    expect((await store.listEvents(A)).map(({ code }) => code)).toEqual(['certificate-failed']);
    expect(log.entries.filter(({ level }) => level === 'warn')).toHaveLength(2);
  });

  it.each(['createOrder', 'finalize', 'download', 'getAuthorization'] as const)(
    'of one domain at %s is no other domain’s',
    async (call) => {
      const { manager, changed, acme, stateOf } = await open([A, B]);
      acme.fail(call, failure('server'), 'mta-sts.a.test');
      await manager.tick();
      expect(changed).toEqual([B]);
      expect(await stateOf(A)).toMatchObject({ failures: 1, problem: { code: 'server' } });
    },
  );

  it('of a slow domain keeps no other waiting', async () => {
    let release = (): void => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { manager, changed } = await open([A, B], {
      pointsHere: async (host, kinds) => {
        if (host === 'mta-sts.a.test') await slow;
        return { kind: 'here', by: kinds };
      },
    });
    const first = manager.tick();
    while (changed.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(changed).toEqual([B]);
    release();
    await first;
    expect(changed).toEqual([B, A]);
  });

  it('by a rate limit waits as long as is asked', async () => {
    const { manager, clock, acme, stateOf } = await open();
    acme.fail('createOrder', failure('rate-limited', 3 * DAY_MS));
    await manager.tick();
    expect((await stateOf(A))?.nextAttemptAtMs).toBe(clock.now() + 3 * DAY_MS);
  });

  it('by a limit on the account stops all orders for a while, and counts against no domain', async () => {
    const { manager, clock, acme, stateOf, countOf } = await open([A, B, C, D], { concurrency: 1 });
    acme.fail('createOrder', failure('rate-limited', 30 * MINUTE_MS));
    await manager.tick();
    expect(countOf('createOrder mta-sts.d.test')).toBe(0);
    expect(await stateOf(D)).toMatchObject({
      failures: 0,
      problem: { code: 'rate-limited' },
      nextAttemptAtMs: clock.now() + 30 * MINUTE_MS,
    });
    acme.fail('createOrder', undefined);
    await clock.advance(30 * MINUTE_MS);
    await manager.tick();
    expect(await stateOf(D)).toMatchObject({ failures: 0 });
    expect((await stateOf(D))?.problem).toBeUndefined();
  });

  it('to write files is said, and is before anything is ordered', async () => {
    const { manager, files, countOf, stateOf } = await open();
    files.failure = new IoError('files-unwritable', 'Cannot write x: the disk is full', {
      temporary: true,
    });
    await manager.tick();
    expect(countOf('createOrder mta-sts.a.test')).toBe(0);
    expect((await stateOf(A))?.problem).toMatchObject({ code: 'files-unwritable' });
  });

  it('by a certificate that does not fit leaves the old one in place', async () => {
    const world = await open();
    await world.manager.tick();
    const before = await world.manager.load(A);
    const { chainPem } = createCertificateAuthority().issue({ dnsNames: ['mta-sts.a.test'] });
    const acme = createFakeAcmeClient({ issue: () => chainPem });
    const manager = new CertificateManager({
      ...world.settings,
      authority: { acme, accountName: 'account', challenges: ['http-01'] },
    });
    expect(await manager.renewNow(A)).toMatchObject({ kind: 'failed' });
    expect(await manager.load(A)).toEqual(before);
    expect((await world.stateOf(A))?.problem?.message).toContain('not that of the certificate');
  });
});

describe('renewal', () => {
  it('is at two thirds of the lifetime, with a new key, clock 60 days on', async () => {
    const { manager, changed, pass, countOf } = await open();
    await manager.tick();
    const before = await manager.load(A);
    await pass(57);
    expect(changed).toEqual([A]);
    await pass(3);
    expect(changed).toEqual([A, A]);
    const after = await manager.load(A);
    expect(after?.keyPem).not.toBe(before?.keyPem);
    await pass(57);
    expect(countOf('createOrder mta-sts.a.test')).toBe(2);
  });

  it('is within the window of the authority, names what it replaces, and asks now and then (RFC 9773)', async () => {
    const { manager, acme, clock, changed, pass } = await open();
    const startMs = clock.now();
    const window = { startMs: startMs + 30 * DAY_MS, endMs: startMs + 31 * DAY_MS };
    acme.renewalInfo = { ...window, retryAfterMs: DAY_MS };
    await manager.tick();
    await pass(29);
    expect(changed).toEqual([A]);
    const asked = acme.calls.filter((call) => call.startsWith('getRenewalInfo')).length;
    // Daily, but for the two days after the order.
    expect(asked).toBe(29);
    await pass(1);
    await pass(1);
    expect(changed).toEqual([A, A]);
    expect(acme.calls.some((call) => call.startsWith('replaces '))).toBe(true);
  });

  it('is at once when the authority moves the window into the past', async () => {
    const { manager, acme, clock, changed, pass } = await open();
    const far = { startMs: clock.now() + 50 * DAY_MS, endMs: clock.now() + 51 * DAY_MS };
    acme.renewalInfo = { ...far, retryAfterMs: DAY_MS };
    await manager.tick();
    await pass(3);
    acme.renewalInfo = { startMs: 0, endMs: 1, retryAfterMs: DAY_MS };
    await pass(1);
    expect(changed).toEqual([A, A]);
    // Were it to say so of every certificate, it would be asked every other day.
    await pass(4);
    expect(changed).toHaveLength(4);
  });

  it('keeps to two thirds when renewal information cannot be had', async () => {
    const { manager, acme, changed, pass } = await open();
    acme.fail('getRenewalInfo', failure('server'));
    await manager.tick();
    await pass(57);
    expect(changed).toEqual([A]);
    await pass(3);
    expect(changed).toEqual([A, A]);
  });

  it('goes on when the authority does not want to hear what is replaced (RFC 9773 §5)', async () => {
    const { manager, acme, changed, restart } = await open();
    await manager.tick();
    let refusals = 0;
    const openAccount = acme.openAccount.bind(acme);
    acme.openAccount = async (key) => {
      const opened = await openAccount(key);
      if (opened.kind === 'failure') return opened;
      const account = opened.value;
      const createOrder: typeof account.createOrder = async (host, options) => {
        if (options?.replaces === undefined) return account.createOrder(host, options);
        refusals += 1;
        return failure('already-replaced');
      };
      return { kind: 'done', value: { ...account, createOrder } };
    };
    expect(await (await restart()).renewNow(A)).toMatchObject({ kind: 'renewed' });
    expect(refusals).toBe(1);
    expect(changed).toEqual([A, A]);
  });

  it('by order of the operator is at once', async () => {
    const { manager, changed } = await open();
    expect(await manager.renewNow(B)).toEqual({ kind: 'unknown-domain' });
    await manager.tick();
    expect(await manager.renewNow(A)).toMatchObject({ kind: 'renewed', state: { failures: 0 } });
    expect(changed).toEqual([A, A]);
  });
});
