import { type Domain, parseDomain } from '@sekisho/spec';
import {
  createAcmeClient,
  createChallengeVisitor,
} from '../../packages/sekisho/src/io/acme/index.ts';
import { type Clock, systemClock } from '../../packages/sekisho/src/io/clock/index.ts';
import { createFakeResolver, fakeAnswer } from '../../packages/sekisho/src/io/dns/index.ts';
import { createKeyFiles } from '../../packages/sekisho/src/io/key-files/index.ts';
import { createMemoryLog, type MemoryLog } from '../../packages/sekisho/src/io/log/index.ts';
import {
  openSqlitePublishStore,
  type PublishStore,
} from '../../packages/sekisho/src/publish/store/index.ts';
import {
  accountName,
  type AuthoritySettings,
  CertificateManager,
  createPointsHere,
} from '../../packages/sekisho/src/publish/certificates/index.ts';
import { publishVersion } from '../peers/publish-changes.ts';
import { NO_ALERTS } from '../../packages/sekisho/src/publish/alerts/index.ts';
import type { ChallengeResponder } from '../peers/pebble-challenges.ts';

/** The domains whose policy hosts lead to this machine. */
export const DOMAIN = domainOf('one.test');
export const OTHER_DOMAIN = domainOf('two.test');
/** One that leads nowhere. */
export const LOST_DOMAIN = domainOf('lost.test');

export interface ManagerOptions {
  readonly directory: string;
  readonly authority: { readonly directoryUrl: string; readonly caPem: string };
  readonly challenges?: AuthoritySettings['challenges'];
  readonly externalAccount?: { readonly keyId: string; readonly macKey: Buffer };
  readonly clock?: Clock;
  /** Default: an honest one. */
  readonly pointsHere?: 'always';
}

/** A manager with everything real but the resolver. */
export interface ManagerWorld {
  readonly manager: CertificateManager;
  readonly store: PublishStore;
  readonly log: MemoryLog;
  readonly changed: readonly Domain[];
  close(): Promise<void>;
}

export function domainOf(text: string): Domain {
  const parsed = parseDomain(text);
  if (!parsed.ok) throw new TypeError(`"${text}" is no domain`);
  return parsed.value;
}

/** The machine's timers, and its time moved forward. */
export function createShiftedClock(): Clock & { shiftMs: number } {
  return {
    shiftMs: 0,
    now() {
      return Date.now() + this.shiftMs;
    },
    after: (delayMs, run) => systemClock.after(delayMs, run),
  };
}

/** Builds a manager whose three domains have a policy. */
export async function openManagerWorld(
  options: ManagerOptions,
  responder: ChallengeResponder,
): Promise<ManagerWorld> {
  const { directory, authority, externalAccount, clock = systemClock } = options;
  const store = await openSqlitePublishStore({ directory });
  for (const domain of [DOMAIN, OTHER_DOMAIN, LOST_DOMAIN]) await addPolicy(store, domain);
  const log = createMemoryLog();
  const changed: Domain[] = [];
  const { httpPort, tlsPort } = responder;
  const pointsHere = createPointsHere({
    clock,
    challenges: responder,
    visitor: createChallengeVisitor({ clock, httpPort, tlsPort, deadlineMs: 2000 }),
    resolver: createFakeResolver({
      'a mta-sts.one.test': fakeAnswer(['127.0.0.1']),
      'a mta-sts.two.test': fakeAnswer(['127.0.0.1']),
    }),
  });
  const manager = new CertificateManager({
    clock,
    store,
    log,
    alerts: NO_ALERTS,
    challenges: responder,
    files: createKeyFiles(directory),
    pointsHere:
      options.pointsHere === 'always'
        ? async (_host, kinds) => ({ kind: 'here', by: kinds })
        : pointsHere,
    changed: (domain) => changed.push(domain),
    authority: {
      accountName: accountName(authority.directoryUrl),
      challenges: options.challenges ?? ['http-01', 'tls-alpn-01'],
      acme: createAcmeClient({
        directoryUrl: authority.directoryUrl,
        ca: [authority.caPem],
        acceptTerms: true,
        contact: ['mailto:postmaster@one.test'],
        ...(externalAccount !== undefined && { externalAccount }),
        clock,
      }),
    },
  });
  return {
    manager,
    store,
    log,
    changed,
    async close() {
      await manager.close();
      await store.close();
    },
  };
}

async function addPolicy(store: PublishStore, domain: Domain): Promise<void> {
  if ((await store.getDomain(domain)) !== undefined) return;
  await publishVersion(
    store,
    domain,
    {
      id: 'a1',
      body: 'version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n',
      mode: 'none',
      maxAgeSeconds: 86_400,
      mx: [],
      createdBy: 'test',
      overrides: [],
      purpose: 'set',
    },
    Date.now(),
    [],
  );
}
