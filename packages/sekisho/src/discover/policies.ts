import type { Domain } from '@sekisho/spec';
import type { Held, PolicyAnswer } from './answer.ts';
import { createEntry, type Entry, policyInForce } from './entry.ts';
import type { Observe } from './events.ts';
import { createFlights, type Flight } from './flights.ts';
import { createDiscoverer } from './create-discoverer.ts';
import type { Discoverer, Finding, Purpose } from './discoverer.ts';
import { heldBy, unknown } from './held.ts';
import { createMemory } from './memory.ts';
import { createRefresher } from './refresher.ts';
import type { RoundTools } from './round.ts';
import { DEFAULT_DISCOVER_SETTINGS, type DiscoverSettings } from './settings.ts';
import type { Clock } from '../io/clock/index.ts';
import type { Log } from '../io/log/index.ts';
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
  lookup(policyDomain: Domain): Held | Promise<Held>;
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

/** @param settings what differs from {@link DEFAULT_DISCOVER_SETTINGS}. */
export function createPolicies(
  tools: PoliciesTools,
  given: Partial<DiscoverSettings> = {},
): Policies {
  const settings = { ...DEFAULT_DISCOVER_SETTINGS, ...given };
  const { clock, store, log, observe = () => undefined, revoke = () => undefined } = tools;
  const memory = createMemory(settings.memoryEntries);
  const discoverer = 'discoverer' in tools ? tools.discoverer : createDiscoverer(tools, settings);
  const flights = createFlights<Held>();
  const closing = new AbortController();

  const fly = (policyDomain: Domain, purpose: Purpose): Flight<Held> => {
    const startedAtMs = clock.now();
    const attempt = (): Promise<Held> =>
      discover(policyDomain, purpose, startedAtMs).catch((error: unknown) => {
        log.error('lookup broke off', { domain: policyDomain, error });
        return unknown(policyDomain, 'network', startedAtMs);
      });
    return flights.join(policyDomain, startedAtMs, attempt);
  };

  const discover = async (
    policyDomain: Domain,
    purpose: Purpose,
    startedAtMs: number,
  ): Promise<Held> => {
    const entry = memory.get(policyDomain) ?? createEntry(policyDomain);
    const search = { entry, purpose, startedAtMs };
    const finding = await discoverer.discover(search, closing.signal);
    if (!closing.signal.aborted) remember(finding, purpose);
    return finding.held;
  };

  const remember = ({ entry, isChanged }: Finding, purpose: Purpose): void => {
    const { policyDomain } = entry;
    if (isChanged) revoke(policyDomain);
    const former = memory.get(policyDomain);
    if (purpose !== 'use' && former === undefined) return;
    // It may have been answered from memory meanwhile.
    const usedAtMs = latest(entry.usedAtMs, former?.usedAtMs);
    memory.touch({ ...entry, usedAtMs });
  };

  /** Compares the id in the background; the MTA never waits for it (RFC 8461 §5.1). */
  const recheckIfDue = (entry: Entry | undefined): void => {
    const nowMs = clock.now();
    if (entry === undefined || closing.signal.aborted || nowMs < entry.recheckAtMs) return;
    if (policyInForce(entry, nowMs) === undefined) return;
    entry.recheckAtMs = nowMs + settings.recheckSeconds * 1000;
    void fly(entry.policyDomain, 'recheck');
  };

  const withinDeadline = (policyDomain: Domain, flight: Flight<Held>): Promise<Held> =>
    new Promise((resolve) => {
      const cancel = clock.after(settings.lookupDeadlineMs, () =>
        resolve(unknown(policyDomain, 'deadline', flight.startedAtMs)),
      );
      void flight.ended.then((held) => {
        cancel();
        resolve(held);
        // What came from the store may have been compared long ago.
        recheckIfDue(memory.get(policyDomain));
      });
    });

  const refresher = createRefresher({
    clock,
    store,
    discoverer,
    log,
    settings,
    refresh: (policyDomain) => fly(policyDomain, 'refresh').ended,
    forget: (policyDomain) => {
      const entry = memory.get(policyDomain);
      if (entry !== undefined && policyInForce(entry, clock.now()) === undefined)
        memory.delete(policyDomain);
    },
  });

  return {
    get size() {
      return memory.size;
    },
    get unsaved() {
      return discoverer.unsaved;
    },
    lookup(policyDomain) {
      const entry = memory.get(policyDomain);
      recheckIfDue(entry);
      const held = entry === undefined ? undefined : heldBy(entry, clock.now());
      if (entry !== undefined && held !== undefined) {
        entry.usedAtMs = clock.now();
        memory.touch(entry);
        observe({ kind: 'served', from: 'memory' });
        return held;
      }
      return withinDeadline(policyDomain, fly(policyDomain, 'use'));
    },
    async refresh(policyDomain) {
      // A flight under way may have started before the operator's wish: let it land, then go.
      await flights.landed(policyDomain);
      return (await fly(policyDomain, 'operator').ended).answer;
    },
    async purge(policyDomain) {
      await flights.landed(policyDomain);
      memory.delete(policyDomain);
      await discoverer.forgetUnsaved(policyDomain);
      revoke(policyDomain);
      return store.remove(policyDomain, 'purged', clock.now());
    },
    async purgeAll() {
      await flights.allLanded();
      memory.clear();
      await discoverer.forgetUnsaved(undefined);
      revoke(undefined);
      return store.removeAll(clock.now());
    },
    start: () => refresher.start(),
    async close() {
      closing.abort();
      await refresher.close();
      await flights.allLanded();
      if (discoverer.unsaved === 0) return;
      await discoverer.retryUnsaved(true).catch((error: unknown) => {
        log.error('policies could not be kept and are lost', { error });
      });
    },
  };
}

const latest = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
