import type { Domain } from '@sekisho/spec';
import type { AcmeClient, ChallengeKind } from '../../io/acme/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import {
  type KeyFiles,
  type OwnPairs,
  ownPairs,
  type PairPaths,
  type PemPair,
} from '../../io/key-files/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { CertificateState, PublishStore } from '../store/index.ts';
import { createAccountHolder } from './account-holder.ts';
import { attend, type AttendContext, freshState } from './attend.ts';
import { createAuthorityHold } from './authority-hold.ts';
import type { ChallengeDesk } from './challenge-desk.ts';
import { createChronicle } from './chronicle.ts';
import { createExpiryWatch } from './expiry-watch.ts';
import type { ObserveCertificate } from './observation.ts';
import { createOwnCertificates } from './own-certificates.ts';
import { createOwnRounds } from './own-rounds.ts';
import type { PointsHere } from './points-here.ts';
import { createLimit } from '../limit/index.ts';

const HOUR_MS = 3_600_000;
const PAGE = 1000;

/** Where certificates come from. */
export interface AuthoritySettings {
  readonly acme: AcmeClient;
  /** `accountName` of directory and external account. */
  readonly accountName: string;
  /** In order of preference; after a failure the next has its turn. */
  readonly challenges: readonly ChallengeKind[];
}

export interface CertificateKeeperOptions {
  readonly clock: Clock;
  readonly store: PublishStore;
  readonly files: KeyFiles;
  readonly log: Log;
  readonly challenges: ChallengeDesk;
  readonly pointsHere: PointsHere;
  /** Without it only certificates from files are used. */
  readonly authority?: AuthoritySettings;
  /** Domains whose certificate the operator keeps. Default: none. */
  readonly own?: ReadonlyMap<Domain, PairPaths>;
  readonly ownPairs?: OwnPairs;
  /** A domain's certificate is another one from now on, or none. Must not throw. */
  readonly changed?: (domain: Domain) => void;
  readonly observe?: ObserveCertificate;
  /** Between two looks at what is due. Default 5000. */
  readonly pollMs?: number;
  /** Domains that are attended to at once. Default 16. */
  readonly concurrency?: number;
  /** For one order from beginning to end. Default 120000. */
  readonly orderMs?: number;
  /** Default `Math.random`. */
  readonly chance?: () => number;
}

/** What became of an order to renew. */
export type RenewalOutcome =
  | { readonly kind: 'renewed'; readonly state: CertificateState }
  /** `state.problem` says why. */
  | { readonly kind: 'failed'; readonly state: CertificateState }
  /** The operator renews it. */
  | { readonly kind: 'own-files' }
  | { readonly kind: 'unknown-domain' };

/**
 * Sees to it that every domain with a policy has a certificate for its policy host, gets it renewed in time, and says so
 * when it cannot. One domain's failure is not another's.
 */
export interface CertificateKeeper {
  /** Takes a domain into care; does nothing for one that is in care already. */
  ensure(domain: Domain): Promise<void>;
  /** The certificate to be shown; undefined while there is none. */
  load(domain: Domain): Promise<PemPair | undefined>;
  /** Renews at once, whatever plan and pauses say; resolves when it is done or has failed. */
  renewNow(domain: Domain): Promise<RenewalOutcome>;
  /** Forgets the domain and deletes its key and certificate; files of the operator stay. */
  remove(domain: Domain): Promise<void>;
  /** Sees to what is due now; resolves when all of it has been tried once. */
  tick(): Promise<void>;
  /** Ticks by the clock from now on. */
  start(): void;
  /** Breaks off what is under way, to be taken up at the next start; closes the ACME client. */
  close(): Promise<void>;
}

export function createCertificateKeeper(options: CertificateKeeperOptions): CertificateKeeper {
  const { clock, store, files, log, pollMs = 5000, concurrency = 16 } = options;
  const closing = new AbortController();
  const context = createContext(options, closing.signal);
  const own = createOwnCertificates({
    paths: options.own ?? new Map(),
    pairs: options.ownPairs ?? ownPairs,
    clock,
  });
  const ownRounds = createOwnRounds({ ...context, own });
  const expiry = createExpiryWatch({ ...context, log, observe: context.observe });
  const limit = createLimit(concurrency);
  const busy = new Map<Domain, Promise<void>>();
  let lastReconciledMs = -Infinity;
  let stop = (): void => {};

  /** One attempt a domain at a time; a second one waits for the first, and is not made. */
  const run = (domain: Domain, force: boolean): Promise<void> => {
    const running = busy.get(domain);
    if (running !== undefined) return running;
    const attempt = limit(async () => {
      if (closing.signal.aborted) return;
      if (own.has(domain)) await ownRounds.look(domain);
      else if ((await store.getDomain(domain)) === undefined) await forget(domain);
      else await attend(domain, force, context);
    })
      .catch((error: unknown) =>
        log.error('a certificate cannot be looked after', { domain, error }),
      )
      .finally(() => busy.delete(domain));
    busy.set(domain, attempt);
    return attempt;
  };
  const forget = async (domain: Domain): Promise<void> => {
    await store.removeCertificate(domain);
    await files.remove(domain);
    context.changed(domain);
  };
  const ensure = async (domain: Domain): Promise<void> => {
    if ((await store.getCertificate(domain)) !== undefined) return;
    await store.putCertificate(freshState(domain, clock.now()));
  };
  /** A kill between the first policy of a domain and `ensure` is made good here. */
  const reconcile = async (): Promise<void> => {
    if (Math.abs(clock.now() - lastReconciledMs) < HOUR_MS) return;
    lastReconciledMs = clock.now();
    let page = await store.listDomains({ limit: PAGE });
    while (page.length > 0) {
      for (const { domain } of page) await ensure(domain);
      const after = page.at(-1)?.domain;
      page = after === undefined ? [] : await store.listDomains({ after, limit: PAGE });
    }
  };
  const tick = async (): Promise<void> => {
    if (closing.signal.aborted) return;
    try {
      await reconcile();
      await ownRounds.lookAtAll();
      await expiry.look();
      const due = await store.listDueCertificates(clock.now(), PAGE);
      for (const { domain } of due) void run(domain, false);
    } catch (error) {
      log.error('certificates cannot be looked after', { error });
    }
    await Promise.all(busy.values());
  };
  const keepTicking = (): void => {
    if (closing.signal.aborted) return;
    void tick();
    stop = clock.after(pollMs, keepTicking);
  };

  return {
    ensure,
    load: (domain) => (own.has(domain) ? own.load(domain) : files.loadPair(domain)),
    async renewNow(domain) {
      if (own.has(domain)) return { kind: 'own-files' };
      if ((await store.getDomain(domain)) === undefined) return { kind: 'unknown-domain' };
      await busy.get(domain);
      await run(domain, true);
      const state = (await store.getCertificate(domain)) ?? freshState(domain, clock.now());
      return { kind: state.problem === undefined ? 'renewed' : 'failed', state };
    },
    async remove(domain) {
      await busy.get(domain);
      await forget(domain);
    },
    tick,
    start: keepTicking,
    async close() {
      closing.abort();
      stop();
      options.authority?.acme.close();
      await Promise.all(busy.values());
    },
  };
}

function createContext(options: CertificateKeeperOptions, signal: AbortSignal) {
  const {
    clock,
    store,
    files,
    log,
    challenges,
    pointsHere,
    authority,
    orderMs = 120_000,
  } = options;
  const { observe = () => {}, changed = () => {}, chance = Math.random } = options;
  const chronicle = createChronicle({ store, clock, log, observe, chance });
  return {
    clock,
    store,
    files,
    challenges,
    pointsHere,
    orderMs,
    observe,
    changed,
    signal,
    chance,
    chronicle,
    hold: createAuthorityHold(clock),
    kinds: authority?.challenges ?? [],
    ...(authority !== undefined && {
      authority: {
        acme: authority.acme,
        accounts: createAccountHolder({
          acme: authority.acme,
          files,
          name: authority.accountName,
          log,
        }),
      },
    }),
  } satisfies AttendContext & { observe: ObserveCertificate };
}
