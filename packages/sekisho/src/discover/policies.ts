import { type Domain, parseStsPolicy } from '@sekisho/spec';
import type { Held, PolicyAnswer } from './answer.ts';
import { createEntry, type Entry, policyInForce } from './entry.ts';
import type { Observe } from './events.ts';
import { createKeeper } from './keeper.ts';
import { createMemory } from './memory.ts';
import { createNarrator } from './narrator.ts';
import { createRefresher } from './refresher.ts';
import { type Round, type RoundTools, runRound } from './round.ts';
import { retryAfterMs } from './schedule.ts';
import { createUnsaved } from './unsaved.ts';
import { DEFAULT_DISCOVER_SETTINGS, type DiscoverSettings } from './settings.ts';
import type { Log } from '../io/log/index.ts';
import type { PolicyStore, StoredPolicy } from '../io/store/index.ts';

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

interface Flight {
  readonly startedAtMs: number;
  readonly ended: Promise<Held>;
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
  const flights = new Map<Domain, Flight>();
  const closing = new AbortController();

  /** One flight a domain: who comes later waits for the first (RFC 8461 §3.3). */
  const fly = (policyDomain: Domain, purpose: Purpose): Flight => {
    const under = flights.get(policyDomain);
    if (under !== undefined) return under;
    const startedAtMs = clock.now();
    const ended = discover(policyDomain, purpose, startedAtMs)
      .catch((error: unknown) => {
        log.error('lookup broke off', { domain: policyDomain, error });
        return giveUp(policyDomain, 'network', startedAtMs);
      })
      .finally(() => {
        flights.delete(policyDomain);
        // What came from the store may have been compared long ago.
        if (purpose === 'use') recheckIfDue(memory.get(policyDomain));
      });
    const flight = { startedAtMs, ended };
    flights.set(policyDomain, flight);
    return flight;
  };

  const discover = async (
    policyDomain: Domain,
    purpose: Purpose,
    startedAtMs: number,
  ): Promise<Held> => {
    const entry = memory.get(policyDomain) ?? createEntry(policyDomain);
    if (entry.policy === undefined) await keeper.load(entry);
    if (purpose === 'use') entry.usedAtMs = startedAtMs;
    const known = purpose === 'use' ? serve(entry) : undefined;
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
    observeRound(round, observe);
    const formerBody = entry.policy?.body;
    await keeper.absorb(entry, round, startedAtMs);
    if (entry.policy?.body !== formerBody) revoke(policyDomain);
    if (purpose === 'use') observe({ kind: 'served', from: 'network' });
    if (purpose === 'use' || memory.get(policyDomain) !== undefined) memory.touch(entry);
    return serveFetched(round) ?? serve(entry) ?? giveUp(policyDomain, 'network', startedAtMs);
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

  /** The answer that an entry gives now, or undefined if it has to be discovered. */
  const serve = (entry: Entry): Held | undefined => {
    const nowMs = clock.now();
    const policy = policyInForce(entry, nowMs);
    if (policy === undefined) {
      return entry.absent !== undefined && nowMs < entry.absentUntilMs
        ? { answer: entry.absent, validUntilMs: entry.absentUntilMs }
        : undefined;
    }
    const answer = toAnswer(policy);
    const validUntilMs = Math.min(policy.expiresAtMs, entry.recheckAtMs);
    return answer === undefined ? undefined : { answer, validUntilMs };
  };

  /** Compares the id in the background; the MTA never waits for it (RFC 8461 §5.1). */
  const recheckIfDue = (entry: Entry | undefined): void => {
    const nowMs = clock.now();
    if (entry === undefined || closing.signal.aborted || nowMs < entry.recheckAtMs) return;
    if (policyInForce(entry, nowMs) === undefined) return;
    entry.recheckAtMs = nowMs + settings.recheckSeconds * 1000;
    void fly(entry.policyDomain, 'recheck');
  };

  const withinDeadline = (policyDomain: Domain, flight: Flight): Promise<Held> =>
    new Promise((resolve) => {
      const cancel = clock.after(settings.lookupDeadlineMs, () =>
        resolve(giveUp(policyDomain, 'deadline', flight.startedAtMs)),
      );
      void flight.ended.then((held) => {
        cancel();
        resolve(held);
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
      const held = entry === undefined ? undefined : serve(entry);
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
      await flights.get(policyDomain)?.ended;
      return (await fly(policyDomain, 'operator').ended).answer;
    },
    async purge(policyDomain) {
      await flights.get(policyDomain)?.ended;
      memory.delete(policyDomain);
      unsaved.forget(policyDomain);
      revoke(policyDomain);
      return store.remove(policyDomain, 'purged', clock.now());
    },
    async purgeAll() {
      await Promise.all([...flights.values()].map(({ ended }) => ended));
      memory.clear();
      unsaved.forget(undefined);
      revoke(undefined);
      return store.removeAll(clock.now());
    },
    start: () => refresher.start(),
    async close() {
      closing.abort();
      await refresher.close();
      await Promise.all([...flights.values()].map(({ ended }) => ended));
      await keeper.lastTry();
    },
  };
}

function toAnswer(stored: StoredPolicy): PolicyAnswer | undefined {
  const parsed = parseStsPolicy(stored.body);
  if (!parsed.ok) return undefined;
  const { policyDomain, id, body, fetchedAtMs, expiresAtMs } = stored;
  return { kind: 'policy', policyDomain, policy: parsed.value, id, body, fetchedAtMs, expiresAtMs };
}

/** A policy that was fetched just now applies to this delivery, even with a `max_age` of 0 (RFC 8461 §3.2). */
function serveFetched({ decision, fetch, policyDomain }: Round): Held | undefined {
  if (decision.kind !== 'policy' || decision.from !== 'fetch' || fetch?.kind !== 'body')
    return undefined;
  const { id, policy, fetchedAtMs, expiresAtMs } = decision;
  if (policy.maxAgeSeconds > 0) return undefined;
  const { body } = fetch;
  return {
    answer: { kind: 'policy', policyDomain, policy, id, body, fetchedAtMs, expiresAtMs },
    validUntilMs: 0,
  };
}

function giveUp(policyDomain: Domain, because: 'deadline' | 'network', sinceMs: number): Held {
  return {
    answer: { kind: 'uncertain', policyDomain, because, sinceMs },
    validUntilMs: 0,
  };
}

function observeRound({ dns, fetch, fetchCode }: Round, observe: Observe): void {
  observe({ kind: 'record-lookup', outcome: dns.kind === 'answer' ? 'answer' : dns.code });
  if (fetch !== undefined && fetchCode !== undefined)
    observe({ kind: 'fetch', code: fetchCode, durationMs: fetch.trace.durationMs });
}
