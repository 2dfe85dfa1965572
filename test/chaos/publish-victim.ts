/**
 * The victim: a publisher with the real rollout, store, policy host and fetch; its parent process keeps the zone.
 * `publish-victim ORDER KILL_AT` gives the order, carries out what is due until nothing is, and serves on; at the
 * KILL_ATth moment it kills itself.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import process, { argv, env } from 'node:process';
import { parseDomain } from '@sekisho/spec';
import type { Authorities } from '../../packages/sekisho/src/io/authorities/index.ts';
import { type Clock, systemClock } from '../../packages/sekisho/src/io/clock/index.ts';
import { createResolver } from '../../packages/sekisho/src/io/dns/index.ts';
import type { DnsUpdater, UpdateOutcome } from '../../packages/sekisho/src/io/dns-update/index.ts';
import { createPolicyClient } from '../../packages/sekisho/src/io/https/index.ts';
import { createMemoryLog } from '../../packages/sekisho/src/io/log/index.ts';
import { openSqlitePublishStore } from '../../packages/sekisho/src/publish/store/index.ts';
import {
  createCertificateBook,
  createChallengeBook,
  createPolicyBook,
  createPolicyHost,
} from '../../packages/sekisho/src/publish/host/index.ts';
import { createRollout } from '../../packages/sekisho/src/publish/rollout/index.ts';
import { createKillPoints } from './kill-points.ts';
import { DOMAIN } from './publish-outside.ts';

/** What can be ordered of a victim; `none` lets it go on where the last one died. */
export type VictimOrder =
  | 'first'
  | 'set'
  /** Set twice, the second time while a name server does not show the first yet. */
  | 'supersede'
  /** Set, and given up because what is served cannot be verified. */
  | 'abandon'
  | 'rollback'
  | 'leave'
  | 'remove'
  | 'none';

/** What a victim tells its parent. */
export type VictimMessage =
  | { readonly kind: 'listening'; readonly port: number }
  /** Wants this text in the zone, and waits for an answer. */
  | { readonly kind: 'txt'; readonly text?: string }
  /** Stands still until it is answered. */
  | { readonly kind: 'moment' }
  /** Nothing is due any more. */
  | { readonly kind: 'idle'; readonly passed: readonly string[]; readonly outcome: string };

const DAY_MS = 86_400_000;
/** An update, or the retry of a step that failed: far more than any of them waits. */
const RETRIES = 30;

const [order = 'none', killAt = '0'] = argv.slice(2);
const setting = (name: string): string => env[`VICTIM_${name}`] ?? '';
const parsed = parseDomain(DOMAIN);
if (!parsed.ok) throw new TypeError(DOMAIN);
const domain = parsed.value;
const points = createKillPoints(Number(killAt), () => ask({ kind: 'moment' }));

/** Put forward by days, so that what was served has expired, and by each retry. */
let aheadMs = Number(setting('DAYS')) * DAY_MS;
const clock: Clock = { ...systemClock, now: () => Date.now() + aheadMs };

function tell(message: VictimMessage): void {
  process.send?.(message);
}

async function ask(message: VictimMessage): Promise<void> {
  const answered = once(process, 'message');
  tell(message);
  await answered;
}

const updater: DnsUpdater = {
  async replaceTxt({ text }): Promise<UpdateOutcome> {
    await ask({ kind: 'txt', ...(text === undefined ? {} : { text }) });
    return { kind: 'done' };
  },
};

const store = await openSqlitePublishStore({ directory: setting('DIRECTORY') });
const resolver = createResolver({ clock: systemClock, servers: [setting('DNS')] });
let isLagging = order === 'supersede';
const authorities: Pick<Authorities, 'lookupTxt'> = {
  async lookupTxt(name) {
    const result = await resolver.lookupTxt(isLagging ? `behind.${name}` : name);
    const answers = [{ server: 'ns.test', address: setting('DNS'), result }] as const;
    return { kind: 'asked', zone: DOMAIN, name, answers };
  },
};
const log = createMemoryLog();
const pair = {
  chainPem: readFileSync(setting('CERTIFICATE'), 'utf8'),
  keyPem: readFileSync(setting('KEY'), 'utf8'),
};
const policies = createPolicyBook({ store, clock });
const host = createPolicyHost({
  policies,
  certificates: createCertificateBook({ load: async () => pair, clock, log }),
  challenges: createChallengeBook(),
  observeFetch: () => undefined,
  clock,
  log,
});
const address = await host.listen('https', { host: '127.0.0.1', port: 0 });
const port = Number(address.slice(address.lastIndexOf(':') + 1));
tell({ kind: 'listening', port });
const policyClient = createPolicyClient({
  clock: systemClock,
  resolver,
  ca: [readFileSync(setting('ROOT'), 'utf8')],
  allowedAddresses: ['127.0.0.0/8'],
  // Of nobody: what is served cannot be verified, so the change is to be abandoned.
  port: order === 'abandon' ? 1 : port,
});
const rollout = createRollout({
  clock,
  resolver,
  store: points.around('store', store, ['commitChange', 'removeDomain']),
  policyClient: points.around('client', policyClient, ['fetchPolicyBody']),
  updater: points.around('updater', updater, ['replaceTxt']),
  authorities: points.around('authorities', authorities, ['lookupTxt']),
  log,
  announceName: async () => ({ kind: 'name', name: `_mta-sts.${DOMAIN}` }),
  gatesOf: async () => [],
  servedChanged: (changed) => policies.forget(changed),
});

const by = { by: 'chaos' };
const mx = [`mx1.${DOMAIN}`, `mx2.${DOMAIN}`];

async function carryOut(): Promise<string> {
  switch (order as VictimOrder) {
    case 'first':
      return (await rollout.set(domain, { mode: 'testing', mx: [`*.${DOMAIN}`] }, by)).kind;
    case 'set':
    case 'abandon':
      return (await rollout.set(domain, { mode: 'enforce', mx }, by)).kind;
    case 'supersede':
      await rollout.set(domain, { mode: 'testing', mx: mx.slice(0, 1) }, by);
      await rollout.tick();
      isLagging = false;
      return (await rollout.set(domain, { mode: 'enforce', mx }, by)).kind;
    case 'rollback':
      return (await rollout.rollback(domain, 1, by)).kind;
    case 'leave':
      return (await rollout.leave(domain, by)).kind;
    case 'remove':
      return (await rollout.remove(domain, by)).kind;
    case 'none':
      return 'none';
  }
}

async function workOff(): Promise<void> {
  for (let retry = 0; retry < RETRIES; retry += 1) {
    await rollout.tick();
    const change = (await store.getDomain(domain))?.change;
    if (change === undefined) return;
    if (order === 'abandon') await rollout.abandon(domain, by);
    aheadMs += Math.max(0, change.nextAttemptAtMs - clock.now());
  }
}

const outcome = await carryOut();
await workOff();
tell({ kind: 'idle', passed: points.passed, outcome });
