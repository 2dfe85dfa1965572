import type { Log } from '../io/log/index.ts';
import type { PolicyStore } from './store/index.ts';
import type { Discoverer } from './discoverer.ts';
import type { Entry } from './entry.ts';
import type { Observe } from './events.ts';
import { heldAfter, heldBy, unknown } from './held.ts';
import { createKeeper } from './keeper.ts';
import { createNarrator } from './narrator.ts';
import { type Round, type RoundTools, runRound } from './round.ts';
import { retryAfterMs } from './schedule.ts';
import { DEFAULT_DISCOVER_SETTINGS, type DiscoverSettings } from './settings.ts';
import { createUnsaved } from './unsaved.ts';

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
  const settings = { ...DEFAULT_DISCOVER_SETTINGS, ...given };
  const { clock, store, log, observe = () => undefined } = tools;
  const narrator = createNarrator(log, observe, clock);
  const unsaved = createUnsaved(store);
  const keeper = createKeeper({ clock, store, unsaved, narrator, settings });

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

  return {
    async discover({ entry: known, purpose, startedAtMs }, signal) {
      const entry = { ...known };
      const { policyDomain } = entry;
      const nothing = unknown(policyDomain, 'network', startedAtMs);
      if (entry.policy === undefined) await keeper.load(entry);
      if (purpose === 'use') entry.usedAtMs = startedAtMs;
      const held = purpose === 'use' ? heldBy(entry, clock.now()) : undefined;
      if (held !== undefined) {
        observe({ kind: 'served', from: 'store' });
        return { entry, held, isChanged: false };
      }
      const round = await runRound(tools, {
        policyDomain,
        cached: entry.policy,
        ...(purpose === 'operator' ? {} : { failure: entry.failure }),
        unconditional: purpose === 'refresh' || purpose === 'operator' || isRefreshDue(entry),
        holdBackMs: settings.holdBackSeconds * 1000,
        signal,
      });
      // What our own end broke off says nothing about the domain.
      if (signal.aborted) return { entry, held: nothing, isChanged: false };
      observeRound(round, observe);
      if (purpose !== 'operator') observeMiss(round, entry.policy?.body, observe);
      const formerBody = entry.policy?.body;
      await keeper.absorb(entry, round, startedAtMs);
      if (purpose === 'use') observe({ kind: 'served', from: 'network' });
      return {
        entry,
        held: heldAfter(entry, round, clock.now()) ?? nothing,
        isChanged: entry.policy?.body !== formerBody,
      };
    },
    get unsaved() {
      return unsaved.size;
    },
    retryUnsaved: (isLastTime = false) => (isLastTime ? keeper.lastTry() : unsaved.retry()),
    async forgetUnsaved(policyDomain) {
      unsaved.forget(policyDomain);
    },
  };
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
