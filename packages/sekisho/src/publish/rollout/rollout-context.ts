import type { Domain } from '@sekisho/spec';
import type { Authorities } from '../../io/authorities/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import type { Resolver } from '../../io/dns/index.ts';
import type { DnsUpdater } from '../../io/dns-update/index.ts';
import type { PolicyClient } from '../../io/https/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { PolicyVersion, PublishedDomain, PublishStore } from '../store/index.ts';
import type { PublishAlertSink } from '../alerts/index.ts';
import type { Gate } from '../gates/gate.ts';
import { type ChangeMove, nextState } from './change-state.ts';
import type { AnnounceName, RolloutObservation } from './rollout.ts';

/** What the rollout works with. */
export interface RolloutOptions {
  readonly clock: Clock;
  readonly store: PublishStore;
  /** Fetches over the public name, as a sender does. */
  readonly policyClient: Pick<PolicyClient, 'fetchPolicyBody'>;
  readonly updater: DnsUpdater;
  readonly authorities: Pick<Authorities, 'lookupTxt'>;
  /** For live MX hosts. */
  readonly resolver: Pick<Resolver, 'lookupMx'>;
  readonly log: Log;
  readonly announceName: (domain: Domain) => Promise<AnnounceName>;
  /** What stands between the announced version and `enforce`. */
  readonly gatesOf: (domain: Domain, version: PolicyVersion) => Promise<readonly Gate[]>;
  /** Told after each change of what the host gives out. Must not throw. */
  readonly servedChanged: (domain: Domain) => void;
  /** Default: nobody is told. */
  readonly alerts?: PublishAlertSink;
  /** Must not throw. */
  readonly observe?: (observation: RolloutObservation) => void;
  /** Of the TXT record. Default 300. */
  readonly ttlSeconds?: number;
  /**
   * How long a new text is given out before it is verified: 60,000 where a proxy or a content network that caches
   * stands before the policy host (RFC 8461 §8.2), lest the new id lead senders to the old text. Default 0.
   */
  readonly settleMs?: number;
  /** How often the store is asked for what is due. Default 5,000. */
  readonly pollMs?: number;
  /** Changes carried on at once, and again as many of those that have failed often. Default 32. */
  readonly concurrency?: number;
}

/** The same with everything filled in, and the signal that ends it. */
export type RolloutContext = Required<RolloutOptions> & { readonly signal: AbortSignal };

/**
 * Carries out a move of the domain's change. False, and nothing is done, where the move does not lead on, or where the
 * domain has changed since it was read.
 */
export async function commitMove(
  { store, clock }: RolloutContext,
  found: PublishedDomain,
  move: ChangeMove,
): Promise<boolean> {
  const moved = nextState(found, move, clock.now());
  return moved.kind === 'next' && store.commitChange(found, moved.commit);
}

/** Writes an event for `publish history` into the store. */
export function recordEvent(
  { store, clock }: RolloutContext,
  domain: Domain,
  event: { readonly code: string; readonly by?: string; readonly message: string },
): Promise<void> {
  return store.recordEvent({ domain, atMs: clock.now(), by: 'sekisho', ...event });
}
