import type { Clock } from '../io/clock/index.ts';
import type { DomainState, PolicyStore, StoredPolicy } from './store/index.ts';
import { type Entry, policyInForce } from './entry.ts';
import type { Narrator } from './narrator.ts';
import { negativeTtlMs } from './negative-ttl.ts';
import type { Round } from './round.ts';
import { retryAfterMs } from './schedule.ts';
import type { DiscoverSettings } from './settings.ts';
import { createSilences } from './silences.ts';
import { toStoredPolicy } from './stored-policy.ts';
import type { Unsaved } from './unsaved.ts';

/** How long silence of the DNS is remembered: an MTA asks several times for one message. */
const UNCERTAIN_MS = 30_000;

type Failure = NonNullable<DomainState['failure']>;

export interface KeeperTools {
  readonly clock: Clock;
  readonly store: Pick<PolicyStore, 'putState' | 'remove' | 'get'>;
  readonly unsaved: Unsaved;
  readonly narrator: Narrator;
  readonly settings: DiscoverSettings;
}

/** Brings what a round learnt into memory and the store: the one place that decides what survives. */
export interface Keeper {
  /** Resolves when the policy that the entry then has is committed. */
  absorb(entry: Entry, round: Round, startedAtMs: number): Promise<void>;
  /** Fills an entry from the store; a broken store counts as an empty one, loudly. */
  load(entry: Entry): Promise<void>;
  /** Offers the store once more what it has not taken; before the end. */
  lastTry(): Promise<void>;
}

export function createKeeper({ clock, store, unsaved, narrator, settings }: KeeperTools): Keeper {
  const recheckMs = settings.recheckSeconds * 1000;
  const refreshMs = settings.refreshSeconds * 1000;
  const holdBackMs = settings.holdBackSeconds * 1000;
  const silences = createSilences();

  /** A broken disk must not stop mail: memory goes on, and everybody hears of it. */
  const guarded = async (action: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      narrator.storeFailed(action, error);
    }
  };

  /** Bookkeeping beside the policy; nobody waits for it. */
  const keepState = (
    { policyDomain, usedAtMs }: Entry,
    { dns, endedAtMs }: Round,
    failure: Failure | undefined,
    refreshAtMs: number | undefined,
  ): void => {
    const state = {
      policyDomain,
      failure: failure ?? null,
      ...(usedAtMs === undefined ? {} : { usedAtMs }),
      ...(dns.kind === 'answer' ? { checkedAtMs: endedAtMs } : {}),
      ...(refreshAtMs === undefined ? {} : { refreshAtMs }),
    };
    void guarded('state could not be kept', () => store.putState(state));
  };

  /** What has expired is history, for the store too; otherwise it would be found again at the next lookup. */
  const expire = ({ policyDomain }: StoredPolicy): void => {
    unsaved.forget(policyDomain);
    void guarded('expired policy could not be removed', async () => {
      await store.remove(policyDomain, 'expired', clock.now());
    });
  };

  /** When the next refresh is due after a fetch that has just failed; undefined if none has. */
  const postponed = (failure: Failure | undefined, round: Round): number | undefined =>
    failure === undefined || round.fetchCode === undefined
      ? undefined
      : round.endedAtMs + retryAfterMs(failure.count, holdBackMs, refreshMs);

  const absent = (entry: Entry, round: Round, startedAtMs: number): void => {
    const { decision, dns, policyDomain, endedAtMs } = round;
    narrator.unprotected(round, entry.policy);
    entry.policy = undefined;
    if (decision.kind === 'no-policy') {
      const untilMs = endedAtMs + negativeTtlMs(round, settings);
      entry.absent = { kind: 'no-policy', policyDomain, because: decision.because, untilMs };
      entry.absentUntilMs = untilMs;
    } else if (dns.kind === 'failure') {
      const sinceMs = silences.begin(policyDomain, startedAtMs);
      entry.absent = { kind: 'uncertain', policyDomain, because: dns.code, sinceMs };
      entry.absentUntilMs = endedAtMs + UNCERTAIN_MS;
    }
  };

  /** A `max_age` of 0 served this delivery; the next fetch still waits (RFC 8461 §3.3). */
  const heldBack = (entry: Entry, { policyDomain, endedAtMs }: Round): void => {
    const untilMs = endedAtMs + holdBackMs;
    entry.policy = undefined;
    entry.absent = { kind: 'no-policy', policyDomain, because: 'held-back', untilMs };
    entry.absentUntilMs = untilMs;
  };

  const tellFailure = (entry: Entry, round: Round): void => {
    const { decision, fetchCode } = round;
    const policy = policyInForce(entry, clock.now());
    if (policy === undefined || decision.kind !== 'policy') return;
    const { mode } = decision.policy;
    const because = decision.failure?.because;
    if (fetchCode !== undefined && fetchCode !== 'ok')
      narrator.refreshFailed(policy, mode, round, entry.failure?.count ?? 1);
    else if (because !== undefined && because !== 'held-back')
      narrator.checkFailed(policy, mode, because, entry.trouble === because);
    entry.trouble = because;
  };

  return {
    async absorb(entry, round, startedAtMs) {
      const { decision, dns, endedAtMs } = round;
      if (dns.kind === 'answer') silences.end(entry.policyDomain);
      const failure = countFailure(entry.failure, round);
      const refreshAtMs = postponed(failure, round);
      const fetched = toStoredPolicy(round, { refreshMs, holdBackMs });
      // Policy and state are sent together, so that they share a transaction.
      const committed = fetched && guarded('policy could not be kept', () => unsaved.put(fetched));
      if (decision.kind !== 'policy' && entry.policy !== undefined) expire(entry.policy);
      if (fetched !== undefined || entry.policy !== undefined || failure !== undefined)
        keepState(entry, round, failure, refreshAtMs);
      // Until it is committed nobody is told of it.
      await committed;
      if (fetched !== undefined) narrator.fetched(fetched, entry.policy);
      entry.policy = fetched ?? withRefresh(entry.policy, refreshAtMs);
      entry.failure = failure;
      entry.recheckAtMs = endedAtMs + recheckMs;
      entry.absent = undefined;
      if (decision.kind !== 'policy') absent(entry, round, startedAtMs);
      else if (policyInForce(entry, endedAtMs) === undefined) heldBack(entry, round);
      else tellFailure(entry, round);
    },
    lastTry: () => guarded('policies could not be kept and are lost', () => unsaved.retry()),
    load: (entry) =>
      guarded('the store could not be read', async () => {
        entry.policy = unsaved.get(entry.policyDomain);
        const stored = await store.get(entry.policyDomain);
        if (stored === undefined) return;
        entry.policy ??= stored.policy;
        entry.failure = stored.failure;
        entry.usedAtMs = stored.usedAtMs;
        entry.recheckAtMs = (stored.checkedAtMs ?? 0) + recheckMs;
      }),
  };
}

/** The failure to remember after a round: none after a success, one more after a failed fetch, else as before. */
function countFailure(former: Failure | undefined, round: Round): Failure | undefined {
  const { fetchDecision, fetchCode, endedAtMs } = round;
  if (!fetchDecision.fetch || fetchCode === undefined) return former;
  if (fetchCode === 'ok') return undefined;
  return {
    id: fetchDecision.id,
    atMs: endedAtMs,
    code: fetchCode,
    count: (former?.count ?? 0) + 1,
  };
}

const withRefresh = (
  policy: StoredPolicy | undefined,
  refreshAtMs: number | undefined,
): StoredPolicy | undefined =>
  policy === undefined || refreshAtMs === undefined ? policy : { ...policy, refreshAtMs };
