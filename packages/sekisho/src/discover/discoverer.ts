import type { Domain } from '@sekisho/spec';
import type { Log } from '../io/log/index.ts';
import { answerAfter, type CachedAnswer, cachedAnswer, type Entry, uncertain } from './answer.ts';
import { DiscoveryLog, type Observe } from './discovery-log.ts';
import { PolicyRecorder } from './policy-recorder.ts';
import { type Round, type RoundInput, type RoundTools, runRound } from './round.ts';
import { DEFAULT_DISCOVER_SETTINGS, type DiscoverSettings, retryAfterMs } from './schedule.ts';
import type { PolicyStore } from './store/index.ts';
import { UnsavedPolicies } from './unsaved-policies.ts';

/** Why a domain is discovered; it decides what is asked for, and what is remembered of it. */
export type Purpose =
  | 'use' // an MTA waits
  | 'recheck' // the id is compared
  | 'refresh' // the periodic fetch
  | 'operator'; // as the operator wishes, whatever failed before

/** What is to be discovered, and what is known so far. */
export interface Search {
  readonly entry: Readonly<Entry>;
  readonly purpose: Purpose;
  readonly startedAtMs: number;
}

export interface Finding {
  /** What is to be remembered from now on. */
  readonly entry: Entry;
  readonly cached: CachedAnswer;
  /** Whether answers given before are not valid any more. */
  readonly isChanged: boolean;
}

/**
 * Finds out what there is to know of a domain, and keeps it: reads the store, runs a round, writes what it brought.
 * The slow half of discovery, so it may be in another thread: what goes in and out are data.
 */
export interface Discoverer {
  /**
   * The finding is committed when this resolves. Ends early when the signal says so; what it then finds is to be
   * forgotten.
   *
   * @throws {IoError} if the thread that does it is gone.
   */
  discover(search: Search, signal: AbortSignal): Promise<Finding>;
  /** Policies in force that the store has not taken yet. */
  readonly unsaved: number;
  /** Offers them again, until one is refused; tells the log if it is the last time. */
  retryUnsaved(isLastTime?: boolean): Promise<void>;
  /** Gives up the unsaved policy of a domain, or of all (undefined). */
  forgetUnsaved(policyDomain: Domain | undefined): Promise<void>;
}

/** What a discoverer is built from; every part is a port. */
export interface DiscovererTools extends RoundTools {
  readonly store: Pick<PolicyStore, 'get' | 'putPolicy' | 'putState' | 'remove'>;
  readonly log: Log;
  /** Is told what happens, for counting. Must not throw. */
  readonly observe?: Observe;
}

/**
 * A discoverer that does everything in this thread.
 *
 * @param given what differs from {@link DEFAULT_DISCOVER_SETTINGS}.
 */
export function createDiscoverer(
  tools: DiscovererTools,
  given: Partial<DiscoverSettings> = {},
): Discoverer {
  return new LocalDiscoverer(tools, { ...DEFAULT_DISCOVER_SETTINGS, ...given });
}

class LocalDiscoverer implements Discoverer {
  readonly #tools: DiscovererTools;
  readonly #settings: DiscoverSettings;
  readonly #observe: Observe;
  readonly #unsaved: UnsavedPolicies;
  readonly #recorder: PolicyRecorder;

  constructor(tools: DiscovererTools, settings: DiscoverSettings) {
    const { clock, store, observe = () => undefined } = tools;
    this.#tools = tools;
    this.#settings = settings;
    this.#observe = observe;
    this.#unsaved = new UnsavedPolicies(store);
    const log = new DiscoveryLog(tools.log, observe, clock);
    this.#recorder = new PolicyRecorder({ clock, store, unsaved: this.#unsaved, log, settings });
  }

  async discover(search: Search, signal: AbortSignal): Promise<Finding> {
    const { purpose, startedAtMs } = search;
    const { clock } = this.#tools;
    const entry = { ...search.entry };
    if (entry.policy === undefined) await this.#recorder.load(entry);
    if (purpose === 'use') entry.usedAtMs = startedAtMs;
    const stored = purpose === 'use' ? cachedAnswer(entry, clock.now()) : undefined;
    if (stored !== undefined) {
      this.#observe({ kind: 'served', from: 'store' });
      return { entry, cached: stored, isChanged: false };
    }
    const nothing = uncertain(entry.policyDomain, 'network', startedAtMs);
    const round = await runRound(this.#tools, this.#inputOf(entry, purpose, signal));
    // What our own end broke off says nothing about the domain.
    if (signal.aborted) return { entry, cached: nothing, isChanged: false };
    observeRound(round, this.#observe);
    if (purpose !== 'operator') observeMiss(round, entry.policy?.body, this.#observe);
    const formerBody = entry.policy?.body;
    await this.#recorder.record(entry, round, startedAtMs);
    if (purpose === 'use') this.#observe({ kind: 'served', from: 'network' });
    return {
      entry,
      cached: answerAfter(entry, round, clock.now()) ?? nothing,
      isChanged: entry.policy?.body !== formerBody,
    };
  }

  get unsaved(): number {
    return this.#unsaved.size;
  }

  retryUnsaved(isLastTime = false): Promise<void> {
    return isLastTime ? this.#recorder.lastTry() : this.#unsaved.retry();
  }

  async forgetUnsaved(policyDomain: Domain | undefined): Promise<void> {
    this.#unsaved.forget(policyDomain);
  }

  #inputOf(entry: Entry, purpose: Purpose, signal: AbortSignal): RoundInput {
    return {
      policyDomain: entry.policyDomain,
      cached: entry.policy,
      ...(purpose === 'operator' ? {} : { failure: entry.failure }),
      unconditional: purpose === 'refresh' || purpose === 'operator' || this.#isRefreshDue(entry),
      holdBackMs: this.#settings.holdBackSeconds * 1000,
      signal,
    };
  }

  /** Also for a policy that was not refreshed because nobody used it; never sooner than failures allow. */
  #isRefreshDue({ policy, failure }: Entry): boolean {
    if (policy === undefined) return false;
    const refreshMs = this.#settings.refreshSeconds * 1000;
    const holdBackMs = this.#settings.holdBackSeconds * 1000;
    const nowMs = this.#tools.clock.now();
    if (failure !== undefined) {
      const retryAtMs = failure.atMs + retryAfterMs(failure.count, holdBackMs, refreshMs);
      if (nowMs < retryAtMs) return false;
    }
    return nowMs >= Math.min(policy.refreshAtMs, policy.fetchedAtMs + 1.1 * refreshMs);
  }
}

function observeRound({ dns, fetch, fetchCode }: Round, observe: Observe): void {
  observe({ kind: 'record-lookup', outcome: dns.kind === 'answer' ? 'answer' : dns.code });
  if (fetch !== undefined && fetchCode !== undefined)
    observe({ kind: 'fetch', code: fetchCode, durationMs: fetch.trace.durationMs });
}

function observeMiss(round: Round, keptBody: string | undefined, observe: Observe): void {
  const { policyDomain, decision, fetch, fetchCode: code, endedAtMs: atMs } = round;
  if (decision.kind === 'uncertain' || code === undefined || code === 'ok') return;
  if (decision.failure?.isReportable !== true) return;
  const { resultType } = decision.failure;
  const fetched = fetch?.kind === 'failure' ? undefined : fetch?.body;
  const body = decision.kind === 'policy' ? keptBody : fetched;
  const missed = { policyDomain, atMs, resultType, code };
  observe({ kind: 'policy-missed', ...missed, ...(body === undefined ? {} : { body }) });
}
