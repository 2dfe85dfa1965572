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
import { type PublishAlertSink, WorkAlert } from '../alerts/index.ts';
import type { CertificateState, PublishStore } from '../store/index.ts';
import { createAccountHolder } from './account-holder.ts';
import { createAuthorityHold } from './authority-hold.ts';
import { createCertificateEvents } from './certificate-events.ts';
import type { ChallengeResponder } from './challenge-responder.ts';
import { createExpiryWatch, type ExpiryWatch } from './expiry-watch.ts';
import { freshState, maintainCertificate, type MaintainContext } from './maintain-certificate.ts';
import type { ObserveCertificate } from './observation.ts';
import { createOwnCertificates, type OwnCertificates } from './own-certificates.ts';
import { createOwnCertificateWatch, type OwnCertificateWatch } from './own-certificate-watch.ts';
import type { PointsHere } from './points-here.ts';
import { createLimit } from '../limit/index.ts';

const HOUR_MS = 3_600_000;
const PAGE = 1000;
/** How the list of due certificates is named in alerts. */
const DUE = 'what is due';

/** Where certificates come from. */
export interface AuthoritySettings {
  readonly acme: AcmeClient;
  /** `accountName` of directory and external account. */
  readonly accountName: string;
  /** In order of preference; after a failure the next has its turn. */
  readonly challenges: readonly ChallengeKind[];
}

export interface CertificateManagerOptions {
  readonly clock: Clock;
  readonly store: PublishStore;
  readonly files: KeyFiles;
  readonly log: Log;
  readonly alerts: PublishAlertSink;
  readonly challenges: ChallengeResponder;
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
  /** Domains that are looked after at once. Default 16. */
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
 * Sees to it that every domain with a policy has a certificate for its policy host, gets it renewed in time, and tells
 * when it cannot. One domain's failure is not another's.
 */
export class CertificateManager {
  readonly #options: CertificateManagerOptions;
  readonly #closing = new AbortController();
  readonly #context: Context;
  readonly #own: OwnCertificates;
  readonly #ownWatch: OwnCertificateWatch;
  readonly #expiry: ExpiryWatch;
  readonly #failing: WorkAlert;
  readonly #limit: ReturnType<typeof createLimit>;
  readonly #busy = new Map<Domain, Promise<void>>();
  #lastReconciledMs = -Infinity;
  #stop = (): void => {};

  constructor(options: CertificateManagerOptions) {
    const { clock, alerts, concurrency = 16 } = options;
    this.#options = options;
    this.#context = createContext(options, this.#closing.signal);
    this.#own = createOwnCertificates({
      paths: options.own ?? new Map(),
      pairs: options.ownPairs ?? ownPairs,
      clock,
    });
    this.#ownWatch = createOwnCertificateWatch({ ...this.#context, own: this.#own });
    this.#expiry = createExpiryWatch({ ...options, observe: this.#context.observe });
    this.#failing = new WorkAlert({
      alerts,
      clock,
      code: 'certificates-failing',
      what: 'Certificates cannot be looked after',
    });
    this.#limit = createLimit(concurrency);
  }

  /** Looks after a domain's certificate from now on; does nothing for one that is known already. */
  async ensure(domain: Domain): Promise<void> {
    const { store, clock } = this.#options;
    if ((await store.getCertificate(domain)) !== undefined) return;
    await store.putCertificate(freshState(domain, clock.now()));
  }

  /** The certificate to be shown; undefined while there is none. */
  load(domain: Domain): Promise<PemPair | undefined> {
    return this.#own.has(domain) ? this.#own.load(domain) : this.#options.files.loadPair(domain);
  }

  /** Renews at once, whatever plan and pauses say; resolves when it is done or has failed. */
  async renewNow(domain: Domain): Promise<RenewalOutcome> {
    const { store, clock } = this.#options;
    if (this.#own.has(domain)) return { kind: 'own-files' };
    if ((await store.getDomain(domain)) === undefined) return { kind: 'unknown-domain' };
    await this.#busy.get(domain);
    await this.#run(domain, true);
    const state = (await store.getCertificate(domain)) ?? freshState(domain, clock.now());
    return { kind: state.problem === undefined ? 'renewed' : 'failed', state };
  }

  /** Forgets the domain and deletes its key and certificate; files of the operator stay. */
  async remove(domain: Domain): Promise<void> {
    await this.#busy.get(domain);
    try {
      await this.#forget(domain);
    } catch (error) {
      this.#failing.failed(domain, error);
      throw error;
    }
  }

  /** Sees to what is due now; resolves when all of it has been tried once. */
  async tick(): Promise<void> {
    const { store, clock, log } = this.#options;
    if (this.#closing.signal.aborted) return;
    try {
      await this.#reconcile();
      await this.#ownWatch.lookAtAll();
      await this.#expiry.look();
      const due = await store.listDueCertificates(clock.now(), PAGE);
      this.#failing.succeeded(DUE);
      for (const { domain } of due) void this.#run(domain, false);
    } catch (error) {
      this.#failing.failed(DUE, error);
      log.error('certificates cannot be looked after', { error });
    }
    await Promise.all(this.#busy.values());
  }

  /** Ticks by the clock from now on. */
  start(): void {
    const { clock, pollMs = 5000 } = this.#options;
    if (this.#closing.signal.aborted) return;
    void this.tick();
    this.#stop = clock.after(pollMs, () => this.start());
  }

  /** Breaks off what is under way, to be taken up at the next start; closes the ACME client. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#stop();
    this.#options.authority?.acme.close();
    await Promise.all(this.#busy.values());
  }

  /** One attempt a domain at a time; a second one waits for the first, and is not made. */
  #run(domain: Domain, force: boolean): Promise<void> {
    const running = this.#busy.get(domain);
    if (running !== undefined) return running;
    const attempt = this.#limit(() => this.#attempt(domain, force))
      .then(() => this.#failing.succeeded(domain))
      .catch((error: unknown) => {
        this.#failing.failed(domain, error);
        this.#options.log.error('a certificate cannot be looked after', { domain, error });
      })
      .finally(() => this.#busy.delete(domain));
    this.#busy.set(domain, attempt);
    return attempt;
  }

  async #attempt(domain: Domain, force: boolean): Promise<void> {
    if (this.#closing.signal.aborted) return;
    if (this.#own.has(domain)) await this.#ownWatch.look(domain);
    else if ((await this.#options.store.getDomain(domain)) === undefined)
      await this.#forget(domain);
    else await maintainCertificate(domain, force, this.#context);
  }

  async #forget(domain: Domain): Promise<void> {
    await this.#options.store.removeCertificate(domain);
    await this.#options.files.remove(domain);
    this.#context.events.removed(domain);
    this.#context.changed(domain);
  }

  /** A kill between the first policy of a domain and `ensure` is made good here. */
  async #reconcile(): Promise<void> {
    const { store, clock } = this.#options;
    if (Math.abs(clock.now() - this.#lastReconciledMs) < HOUR_MS) return;
    this.#lastReconciledMs = clock.now();
    let page = await store.listDomains({ limit: PAGE });
    while (page.length > 0) {
      for (const { domain } of page) await this.ensure(domain);
      const after = page.at(-1)?.domain;
      page = after === undefined ? [] : await store.listDomains({ after, limit: PAGE });
    }
  }
}

type Context = MaintainContext & { readonly observe: ObserveCertificate };

function createContext(options: CertificateManagerOptions, signal: AbortSignal): Context {
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
  const events = createCertificateEvents({ ...options, observe, chance });
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
    events,
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
  };
}
