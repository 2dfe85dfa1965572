import type { Domain } from '@sekisho/spec';
import type { Held, PolicyAnswer } from './answer.ts';
import { createEntry, type Entry, policyInForce } from './entry.ts';
import type { Observe } from './events.ts';
import { createFlights, type Flight } from './flights.ts';
import { heldAfter, heldBy, unknown } from './held.ts';
import { createKeeper } from './keeper.ts';
import { createMemory } from './memory.ts';
import { createNarrator } from './narrator.ts';
import { createRefresher } from './refresher.ts';
import { type Round, type RoundTools, runRound } from './round.ts';
import { retryAfterMs } from './schedule.ts';
import { createUnsaved } from './unsaved.ts';
import { DEFAULT_DISCOVER_SETTINGS, type DiscoverSettings } from './settings.ts';
import type { Log } from '../io/log/index.ts';
import type { PolicyStore } from '../io/store/index.ts';

/** What the policy cache is built from; every part is a port. */
export interface PoliciesTools extends RoundTools {
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

type Purpose = 'use' | 'recheck' | 'refresh' | 'operator';

/** @param settings what differs from {@link DEFAULT_DISCOVER_SETTINGS}. */
export function createPolicies(
  tools: PoliciesTools,
  given: Partial<DiscoverSettings> = {},
): Policies {
  const settings = { ...DEFAULT_DISCOVER_SETTINGS, ...given };
  const { clock, store, log, observe = () => undefined, revoke = () => undefined } = tools;
  const memory = createMemory(settings.memoryEntries);
  const narrator = createNarrator(log, observe, clock);
  const unsaved = createUnsaved(store);
  const keeper = createKeeper({ clock, store, unsaved, narrator, settings });
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
    if (entry.policy === undefined) await keeper.load(entry);
    if (purpose === 'use') entry.usedAtMs = startedAtMs;
    const known = purpose === 'use' ? heldBy(entry, clock.now()) : undefined;
    if (known !== undefined) {
      observe({ kind: 'served', from: 'store' });
      memory.touch(entry);
      return known;
    }
    const round = await runRound(tools, {
      policyDomain,
      cached: entry.policy,
      ...(purpose === 'operator' ? {} : { failure: entry.failure }),
      unconditional: purpose === 'refresh' || purpose === 'operator' || isRefreshDue(entry),
      holdBackMs: settings.holdBackSeconds * 1000,
      signal: closing.signal,
    });
    // What our own end broke off says nothing about the domain.
    if (closing.signal.aborted) return unknown(policyDomain, 'network', startedAtMs);
    observeRound(round, observe);
    const formerBody = entry.policy?.body;
    await keeper.absorb(entry, round, startedAtMs);
    if (entry.policy?.body !== formerBody) revoke(policyDomain);
    if (purpose === 'use') observe({ kind: 'served', from: 'network' });
    if (purpose === 'use' || memory.get(policyDomain) !== undefined) memory.touch(entry);
    return heldAfter(entry, round, clock.now()) ?? unknown(policyDomain, 'network', startedAtMs);
  };

  /** Also for a policy that was not refreshed because nobody used it; never sooner than failures allow. */
  const isRefreshDue = ({ policy, failure }: Entry): boolean => {
    if (policy === undefined) return false;
    const refreshMs = settings.refreshSeconds * 1000;
    const pauseMs =
      failure === undefined
        ? 0
        : retryAfterMs(failure.count, settings.holdBackSeconds * 1000, refreshMs);
    const nowMs = clock.now();
    if (nowMs < (failure?.atMs ?? 0) + pauseMs) return false;
    return nowMs >= Math.min(policy.refreshAtMs, policy.fetchedAtMs + 1.1 * refreshMs);
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
    unsaved,
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
      return unsaved.size;
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
      unsaved.forget(policyDomain);
      revoke(policyDomain);
      return store.remove(policyDomain, 'purged', clock.now());
    },
    async purgeAll() {
      await flights.allLanded();
      memory.clear();
      unsaved.forget(undefined);
      revoke(undefined);
      return store.removeAll(clock.now());
    },
    start: () => refresher.start(),
    async close() {
      closing.abort();
      await refresher.close();
      await flights.allLanded();
      await keeper.lastTry();
    },
  };
}

function observeRound({ dns, fetch, fetchCode }: Round, observe: Observe): void {
  observe({ kind: 'record-lookup', outcome: dns.kind === 'answer' ? 'answer' : dns.code });
  if (fetch !== undefined && fetchCode !== undefined)
    observe({ kind: 'fetch', code: fetchCode, durationMs: fetch.trace.durationMs });
}
