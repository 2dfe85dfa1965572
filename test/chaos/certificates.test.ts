import { fork } from 'node:child_process';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Domain } from '@sekisho/spec';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Pebble, reasonAgainstPebble, startPebble } from '../peers/pebble.ts';
import { type ChallengeResponder, startChallengeResponder } from '../peers/pebble-challenges.ts';
import { type PebbleFront, startPebbleFront } from '../peers/pebble-front.ts';
import {
  createShiftedClock,
  DOMAIN,
  type ManagerOptions,
  type ManagerWorld,
  LOST_DOMAIN,
  openManagerWorld,
  OTHER_DOMAIN,
} from './certificate-world.ts';

const DAY_MS = 86_400_000;
const CHILD = new URL('./certificate-child.ts', import.meta.url);
const reason = reasonAgainstPebble();
if (reason !== undefined) console.warn(`SKIPPED, certificates from Pebble: ${reason}`);

let responder: ChallengeResponder;
let pebble: Pebble;
let front: PebbleFront;
let directory = '';
const opened: ManagerWorld[] = [];

async function open(options: Partial<ManagerOptions> = {}): Promise<ManagerWorld> {
  const world = await openManagerWorld({ directory, authority: front, ...options }, responder);
  opened.push(world);
  return world;
}

async function closeAll(): Promise<void> {
  for (const world of opened.splice(0)) await world.close();
}

/** The leaf in the state directory, checked against Pebble's root and its key. */
async function readCertificate(domain: Domain): Promise<X509Certificate> {
  const folder = join(directory, 'certificates', domain);
  const chain = readFileSync(join(folder, 'chain.pem'), 'utf8');
  const certificates = chain
    .match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
    ?.map((pem) => new X509Certificate(pem));
  const [leaf, intermediate] = certificates ?? [];
  if (leaf === undefined || intermediate === undefined) throw new Error('The chain is too short');
  const root = new X509Certificate(await pebble.fetchRootPem());
  expect(leaf.verify(intermediate.publicKey)).toBe(true);
  expect(intermediate.verify(root.publicKey)).toBe(true);
  expect(leaf.checkHost(`mta-sts.${domain}`, { subject: 'never' })).toBe(`mta-sts.${domain}`);
  const key = createPublicKey(readFileSync(join(folder, 'key.pem'), 'utf8'));
  expect(leaf.publicKey.equals(key)).toBe(true);
  return leaf;
}

/** Runs a manager in a process of its own, whose challenges are shown here, and kills it once something has happened. */
async function killDuring(hasHappened: () => boolean): Promise<void> {
  const child = fork(CHILD, [directory, front.directoryUrl, front.caPem], {
    execArgv: ['--conditions=sekisho-source'],
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const shown: (() => void)[] = [];
  child.on('message', (message) => {
    const [name, host = '', token = '', text = ''] = message as string[];
    if (name === 'removeHttp') responder.removeHttp(host, token);
    if (name !== 'addHttp') return;
    responder.addHttp(host, token, text);
    shown.push(() => responder.removeHttp(host, token));
  });
  // Unlike "exit" it comes after the last message.
  const ended = once(child, 'close');
  while (!hasHappened() && child.exitCode === null) await delay(1);
  child.kill('SIGKILL');
  await ended;
  for (const takeDown of shown) takeDown();
}

const isOrderFor = (payload: unknown, domain: Domain): boolean =>
  JSON.stringify(payload).includes(`"value":"mta-sts.${domain}"`);
const isDownload = (asked: string): boolean => asked.startsWith('POST /certZ/');
const countOf = (asked: string): number => front.requests.filter((each) => each === asked).length;

describe.skipIf(reason !== undefined)('certificates from a real ACME server (RFC 8555)', () => {
  beforeAll(async () => {
    responder = await startChallengeResponder();
    pebble = await startPebble(responder);
  });
  beforeEach(async () => {
    front = await startPebbleFront(pebble);
    directory = mkdtempSync(join(tmpdir(), 'sekisho-certificates-'));
    responder.isShowing = true;
  });
  afterEach(async () => {
    await closeAll();
    await front.close();
    rmSync(directory, { recursive: true });
    if (responder.size > 0) throw new Error('Challenges were left standing');
  });
  afterAll(async () => {
    await pebble?.close();
    await responder?.close();
  });

  it.each(['http-01', 'tls-alpn-01'] as const)('are obtained by %s', async (kind) => {
    const { manager, store, changed } = await open({ challenges: [kind] });
    await manager.tick();
    expect(changed.toSorted()).toEqual([DOMAIN, OTHER_DOMAIN]);
    const leaf = await readCertificate(DOMAIN);
    expect(leaf.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    const pair = await manager.load(DOMAIN);
    expect(pair?.chainPem).toContain('BEGIN CERTIFICATE');
    const state = await store.getCertificate(DOMAIN);
    expect(state).toMatchObject({ failures: 0, notAfterMs: Date.parse(leaf.validTo) });
    expect(state?.orderUrl).toBeUndefined();
    const looked = kind === 'http-01' ? 'http' : 'alpn';
    expect(new Set(responder.looks.map((look) => look.split(' ')[0]))).toContain(looked);
  });

  it('lie in files that only the owner can read', async () => {
    const { manager } = await open();
    await manager.tick();
    const folder = join(directory, 'certificates', DOMAIN);
    expect(readdirSync(folder).toSorted()).toEqual(['chain.pem', 'key.pem']);
    const modeOf = (path: string): number => statSync(path).mode & 0o777;
    expect(modeOf(join(folder, 'key.pem'))).toBe(0o600);
    expect(modeOf(folder)).toBe(0o700);
    const [account = ''] = readdirSync(join(directory, 'acme'));
    expect(modeOf(join(directory, 'acme', account))).toBe(0o600);
  });

  it('are not ordered for a name that does not lead here', async () => {
    const { manager, store } = await open();
    await manager.tick();
    expect(front.payloads).not.toContainEqual({
      identifiers: [{ type: 'dns', value: `mta-sts.${LOST_DOMAIN}` }],
    });
    const state = await store.getCertificate(LOST_DOMAIN);
    expect(state).toMatchObject({ failures: 1, problem: { code: 'not-pointing-here' } });
    expect(state?.problem?.message).toContain('has no address');
  });

  it('are had at the next try, by the other challenge, after a challenge failed', async () => {
    const clock = createShiftedClock();
    const { manager, store } = await open({ clock, pointsHere: 'always' });
    responder.isShowing = false;
    await manager.tick();
    const failed = await store.getCertificate(DOMAIN);
    expect(failed).toMatchObject({ failures: 1, problem: { code: 'validation-failed' } });
    expect(failed?.problem?.message).toContain('by http-01');
    expect(failed?.orderUrl).toBeUndefined();
    const before = front.requests.length;
    await manager.tick();
    expect(front.requests.length).toBe(before);
    responder.isShowing = true;
    clock.shiftMs += 400_000;
    await manager.tick();
    await readCertificate(DOMAIN);
    expect(await store.getCertificate(DOMAIN)).toMatchObject({ failures: 0 });
    expect(responder.looks.at(-1)).toContain('alpn');
  });

  it('wait as long as a rate limit says, and no other domain with them', async () => {
    const clock = createShiftedClock();
    const { manager, store, changed } = await open({ clock });
    let isLimited = true;
    front.intercept = (asked) => {
      const isOrder = asked === 'POST /order-plz';
      const first = front.payloads.at(-1);
      return isOrder && isLimited && JSON.stringify(first).includes(`mta-sts.${DOMAIN}`)
        ? {
            status: 429,
            headers: { 'Retry-After': '7200' },
            body: { type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too\u001b[2J many' },
          }
        : undefined;
    };
    await manager.tick();
    expect(changed).toEqual([OTHER_DOMAIN]);
    const limited = await store.getCertificate(DOMAIN);
    expect(limited?.problem).toMatchObject({ code: 'rate-limited' });
    expect(limited?.problem?.message).toContain('too\\x1b[2J many');
    expect((limited?.nextAttemptAtMs ?? 0) - clock.now()).toBeGreaterThan(7_190_000);
    isLimited = false;
    clock.shiftMs += 7_100_000;
    await manager.tick();
    expect(changed).toEqual([OTHER_DOMAIN]);
    clock.shiftMs += 1_000_000;
    await manager.tick();
    expect(changed).toEqual([OTHER_DOMAIN, DOMAIN]);
  });

  it('are renewed with a new account when the account key is lost', async () => {
    const first = await open();
    await first.manager.tick();
    const old = await readCertificate(DOMAIN);
    await closeAll();
    rmSync(join(directory, 'acme'), { recursive: true });
    const { manager } = await open();
    expect(await manager.renewNow(DOMAIN)).toMatchObject({ kind: 'renewed' });
    const leaf = await readCertificate(DOMAIN);
    expect(leaf.serialNumber).not.toBe(old.serialNumber);
    expect(leaf.publicKey.equals(old.publicKey)).toBe(false);
    expect(readdirSync(join(directory, 'acme'))).toHaveLength(1);
  });

  it('are renewed when the authority has forgotten the account', async () => {
    const clock = createShiftedClock();
    const { manager } = await open({ clock });
    await manager.tick();
    let isForgotten = true;
    front.intercept = (asked) => {
      if (asked !== 'POST /order-plz' || !isForgotten) return undefined;
      isForgotten = false;
      const type = 'urn:ietf:params:acme:error:accountDoesNotExist';
      return { status: 400, body: { type, detail: 'unknown' } };
    };
    expect(await manager.renewNow(DOMAIN)).toMatchObject({ kind: 'renewed' });
    expect(countOf('POST /sign-me-up')).toBe(2);
  });

  it('are renewed within the window that the authority suggests, 60 days on (RFC 9773)', async () => {
    const clock = createShiftedClock();
    const instant = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();
    front.renewalWindow = { start: instant(58), end: instant(60) };
    const { manager, changed } = await open({ clock });
    await manager.tick();
    const old = await readCertificate(DOMAIN);
    for (const days of [10, 20, 57]) {
      clock.shiftMs = days * DAY_MS;
      await manager.tick();
      expect(changed).toHaveLength(2);
    }
    clock.shiftMs = 60 * DAY_MS;
    await manager.tick();
    expect(changed).toHaveLength(4);
    expect((await readCertificate(DOMAIN)).serialNumber).not.toBe(old.serialNumber);
    const replaces = front.payloads.flatMap((payload) =>
      typeof payload === 'object' && payload !== null && 'replaces' in payload
        ? [payload.replaces]
        : [],
    );
    const serial = Buffer.from(old.serialNumber, 'hex').toString('base64url');
    expect(replaces.map((id) => String(id).split('.')[1])).toContain(serial);
  });

  it('are taken by a process that starts after one was killed between order and download', async () => {
    // The authority issues, and what it issued never arrives.
    front.intercept = (asked) => (isDownload(asked) ? 'silence' : undefined);
    await killDuring(() => front.requests.filter(isDownload).length === 3);
    front.intercept = () => undefined;
    const ordersBefore = countOf('POST /order-plz');
    const { manager, store, changed } = await open();
    expect((await store.getCertificate(DOMAIN))?.orderUrl).toBeDefined();
    await manager.tick();
    expect(changed.toSorted()).toEqual([LOST_DOMAIN, DOMAIN, OTHER_DOMAIN]);
    await readCertificate(DOMAIN);
    expect(countOf('POST /order-plz')).toBe(ordersBefore);
  });

  it.each([2, 5, 8, 11, 14, 17])(
    'are had in the end when the process is killed at its request number %i',
    async (at) => {
      await killDuring(() => front.requests.length >= at);
      const clock = createShiftedClock();
      // An order that was begun and not noted is followed by a pause.
      clock.shiftMs = 600_000;
      const { manager, store } = await open({ clock });
      await manager.tick();
      await readCertificate(DOMAIN);
      await readCertificate(OTHER_DOMAIN);
      expect(await store.getCertificate(DOMAIN)).toMatchObject({ failures: 0 });
      // One that was not noted before the kill, and the one after it.
      for (const domain of [DOMAIN, OTHER_DOMAIN])
        expect(front.payloads.filter((payload) => isOrderFor(payload, domain)).length).toBeLessThan(
          3,
        );
    },
  );

  it('are obtained where nearly every third nonce is refused (RFC 8555 §6.5)', async () => {
    const nasty = await startPebble({ ...responder, nonceReject: 30 });
    const nastyFront = await startPebbleFront(nasty);
    try {
      const { manager, changed } = await open({ authority: nastyFront });
      await manager.tick();
      expect(changed).toHaveLength(2);
      expect(nastyFront.statuses).toContain(400);
    } finally {
      await closeAll();
      await nastyFront.close();
      await nasty.close();
    }
  });

  it('are obtained with an external account binding, and not without (RFC 8555 §7.3.4)', async () => {
    const macKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W';
    const bound = await startPebble({ ...responder, externalAccounts: { 'kid-1': macKey } });
    try {
      const without = await open({ authority: bound });
      await without.manager.tick();
      expect((await without.store.getCertificate(DOMAIN))?.problem?.code).toBe('external-account');
      const externalAccount = { keyId: 'kid-1', macKey: Buffer.from(macKey, 'base64url') };
      await closeAll();
      const { manager, changed } = await open({ authority: bound, externalAccount });
      await manager.renewNow(DOMAIN);
      expect(changed).toEqual([DOMAIN]);
    } finally {
      await closeAll();
      await bound.close();
    }
  });
});
