import type { Domain } from '@sekisho/spec';
import type { Clock } from '../io/clock/index.ts';
import type { Log } from '../io/log/index.ts';
import {
  type CachedAnswer,
  cachedAnswer,
  createEntry,
  type Entry,
  type PolicyAnswer,
  policyInForce,
  uncertain,
} from './answer.ts';
import { createDiscoverer, type Discoverer, type Finding, type Purpose } from './discoverer.ts';
import type { Observe } from './discovery-log.ts';
import { Memory } from './memory.ts';
import { Refresher } from './refresher.ts';
import type { RoundTools } from './round.ts';
import { DEFAULT_DISCOVER_SETTINGS, type DiscoverSettings } from './schedule.ts';
import type { PolicyStore } from './store/index.ts';

/** What the policy cache is built from; every part is a port. Discovers in this thread unless a discoverer is given. */
export type PoliciesTools = CommonTools & (RoundTools | { readonly discoverer: Discoverer });

interface CommonTools {
  readonly clock: Clock;
  readonly store: PolicyStore;
  readonly log: Log;
  /** Is told what happens, for counting. Must not throw. */
  readonly observe?: Observe;
  /** Is told when answers given about a domain, or (undefined) any domain, are not valid any more. */
  readonly revoke?: (policyDomain: Domain | undefined) => void;
}

/** Other domains' policies: found, kept, refreshed (RFC 8461 §3.3). */
export interface Policies {
  /** The answer for a Policy Domain: at once where memory knows it, else a promise. Never rejects. */
  lookup(policyDomain: Domain): CachedAnswer | Promise<CachedAnswer>;
  /** Fetches now, whatever the id, hold-back and schedule say. Resolves with what is then in force. */
  refresh(policyDomain: Domain): Promise<PolicyAnswer>;
  /** Forgets the domain in memory and store; history stays. Says whether there was a policy. */
  purge(policyDomain: Domain): Promise<boolean>;
  /** Forgets everything but history; resolves to the number of policies. */
  purgeAll(): Promise<number>;
  /** Starts the periodic refresh (RFC 8461 §10.2). */
  start(): void;
  /** Stops refreshing and waits for what is under way. The store stays open. */
  close(): Promise<void>;
  /** Domains in memory. */
  readonly size: number;
  /** Policies in force that the store has not taken yet; lost if the process ends. */
  readonly unsaved: number;
}

/** @param given what differs from {@link DEFAULT_DISCOVER_SETTINGS}. */
export function createPolicies(
  tools: PoliciesTools,
  given: Partial<DiscoverSettings> = {},
): Policies {
  return new PolicyCache(tools, { ...DEFAULT_DISCOVER_SETTINGS, ...given });
}

/** The discovery of one domain; who asks meanwhile waits for the one under way (RFC 8461 §3.3). Never rejects. */
interface Discovery {
  readonly startedAtMs: number;
  readonly ended: Promise<CachedAnswer>;
}

class PolicyCache implements Policies {
  readonly #clock: Clock;
  readonly #store: PolicyStore;
  readonly #log: Log;
  readonly #observe: Observe;
  readonly #revoke: (policyDomain: Domain | undefined) => void;
  readonly #settings: DiscoverSettings;
  readonly #discoverer: Discoverer;
  readonly #refresher: Refresher;
  readonly #memory: Memory;
  readonly #underWay = new Map<Domain, Discovery>();
  readonly #closing = new AbortController();

  constructor(tools: PoliciesTools, settings: DiscoverSettings) {
    const { clock, store, log, observe = () => undefined, revoke = () => undefined } = tools;
    this.#clock = clock;
    this.#store = store;
    this.#log = log;
    this.#observe = observe;
    this.#revoke = revoke;
    this.#settings = settings;
    this.#memory = new Memory(settings.memoryEntries);
    this.#discoverer = 'discoverer' in tools ? tools.discoverer : createDiscoverer(tools, settings);
    this.#refresher = new Refresher({
      clock,
      store,
      discoverer: this.#discoverer,
      log,
      settings,
      refresh: (policyDomain) => this.#discover(policyDomain, 'refresh').ended,
      forget: (policyDomain) => this.#forgetExpired(policyDomain),
    });
  }

  get size(): number {
    return this.#memory.size;
  }

  get unsaved(): number {
    return this.#discoverer.unsaved;
  }

  lookup(policyDomain: Domain): CachedAnswer | Promise<CachedAnswer> {
    const entry = this.#memory.get(policyDomain);
    this.#recheckIfDue(entry);
    const cached = entry === undefined ? undefined : cachedAnswer(entry, this.#clock.now());
    if (entry === undefined || cached === undefined)
      return this.#withinDeadline(policyDomain, this.#discover(policyDomain, 'use'));
    entry.usedAtMs = this.#clock.now();
    this.#memory.touch(entry);
    this.#observe({ kind: 'served', from: 'memory' });
    return cached;
  }

  async refresh(policyDomain: Domain): Promise<PolicyAnswer> {
    // What is under way may have started before the operator's wish.
    await this.#underWay.get(policyDomain)?.ended;
    return (await this.#discover(policyDomain, 'operator').ended).answer;
  }

  async purge(policyDomain: Domain): Promise<boolean> {
    await this.#underWay.get(policyDomain)?.ended;
    this.#memory.delete(policyDomain);
    await this.#discoverer.forgetUnsaved(policyDomain);
    this.#revoke(policyDomain);
    return this.#store.remove(policyDomain, 'purged', this.#clock.now());
  }

  async purgeAll(): Promise<number> {
    await this.#allEnded();
    this.#memory.clear();
    await this.#discoverer.forgetUnsaved(undefined);
    this.#revoke(undefined);
    return this.#store.removeAll(this.#clock.now());
  }

  start(): void {
    this.#refresher.start();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#refresher.close();
    await this.#allEnded();
    if (this.#discoverer.unsaved === 0) return;
    await this.#discoverer.retryUnsaved(true).catch((error: unknown) => {
      this.#log.error('policies could not be kept and are lost', { error });
    });
  }

  /** The discovery of the domain that is under way, or a new one. */
  #discover(policyDomain: Domain, purpose: Purpose): Discovery {
    const underWay = this.#underWay.get(policyDomain);
    if (underWay !== undefined) return underWay;
    const startedAtMs = this.#clock.now();
    const ended = this.#find(policyDomain, purpose, startedAtMs)
      .catch((error: unknown) => {
        this.#log.error('lookup broke off', { domain: policyDomain, error });
        return uncertain(policyDomain, 'network', startedAtMs);
      })
      .finally(() => this.#underWay.delete(policyDomain));
    const discovery = { startedAtMs, ended };
    this.#underWay.set(policyDomain, discovery);
    return discovery;
  }

  async #find(policyDomain: Domain, purpose: Purpose, startedAtMs: number): Promise<CachedAnswer> {
    const entry = this.#memory.get(policyDomain) ?? createEntry(policyDomain);
    const { signal } = this.#closing;
    const finding = await this.#discoverer.discover({ entry, purpose, startedAtMs }, signal);
    if (!signal.aborted) this.#remember(finding, purpose);
    return finding.cached;
  }

  #remember({ entry, isChanged }: Finding, purpose: Purpose): void {
    const { policyDomain } = entry;
    if (isChanged) this.#revoke(policyDomain);
    const former = this.#memory.get(policyDomain);
    if (purpose !== 'use' && former === undefined) return;
    // It may have been answered from memory meanwhile.
    const usedAtMs = latest(entry.usedAtMs, former?.usedAtMs);
    this.#memory.touch({ ...entry, usedAtMs });
  }

  #forgetExpired(policyDomain: Domain): void {
    const entry = this.#memory.get(policyDomain);
    if (entry !== undefined && policyInForce(entry, this.#clock.now()) === undefined)
      this.#memory.delete(policyDomain);
  }

  /** Compares the id in the background; the MTA never waits for it (RFC 8461 §5.1). */
  #recheckIfDue(entry: Entry | undefined): void {
    const nowMs = this.#clock.now();
    if (entry === undefined || this.#closing.signal.aborted || nowMs < entry.recheckAtMs) return;
    if (policyInForce(entry, nowMs) === undefined) return;
    entry.recheckAtMs = nowMs + this.#settings.recheckSeconds * 1000;
    this.#discover(entry.policyDomain, 'recheck');
  }

  #withinDeadline(policyDomain: Domain, { startedAtMs, ended }: Discovery): Promise<CachedAnswer> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(this.#settings.lookupDeadlineMs, () =>
        resolve(uncertain(policyDomain, 'deadline', startedAtMs)),
      );
      void ended.then((cached) => {
        cancel();
        resolve(cached);
        // What came from the store may have been compared long ago.
        this.#recheckIfDue(this.#memory.get(policyDomain));
      });
    });
  }

  async #allEnded(): Promise<void> {
    await Promise.all(Array.from(this.#underWay.values(), ({ ended }) => ended));
  }
}

const latest = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
