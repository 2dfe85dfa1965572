import type { Domain, PolicyDecision } from '@sekisho/spec';
import type { Clock } from '../io/clock/index.ts';
import { type Entry, policyInForce } from './answer.ts';
import type { DiscoveryLog } from './discovery-log.ts';
import type { Round } from './round.ts';
import { type DiscoverSettings, negativeTtlMs, nextRefreshMs, retryAfterMs } from './schedule.ts';
import type { DomainState, PolicyStore, StoredPolicy } from './store/index.ts';
import type { UnsavedPolicies } from './unsaved-policies.ts';

/** How long silence of the DNS is remembered: an MTA asks several times for one message. */
const UNCERTAIN_MS = 30_000;

type Failure = NonNullable<DomainState['failure']>;

interface RecorderTools {
  readonly clock: Clock;
  readonly store: Pick<PolicyStore, 'putState' | 'remove' | 'get'>;
  readonly unsaved: UnsavedPolicies;
  readonly log: DiscoveryLog;
  readonly settings: DiscoverSettings;
}

/** Brings what a round learnt into memory and the store: the one place that decides what survives. */
export class PolicyRecorder {
  readonly #tools: RecorderTools;
  readonly #silences = new Silences();
  readonly #recheckMs: number;
  readonly #refreshMs: number;
  readonly #holdBackMs: number;

  constructor(tools: RecorderTools) {
    this.#tools = tools;
    this.#recheckMs = tools.settings.recheckSeconds * 1000;
    this.#refreshMs = tools.settings.refreshSeconds * 1000;
    this.#holdBackMs = tools.settings.holdBackSeconds * 1000;
  }

  /** Fills an entry from the store; a broken store counts as an empty one, and the log tells of it. */
  load(entry: Entry): Promise<void> {
    const { store, unsaved } = this.#tools;
    return this.#guarded('the store could not be read', async () => {
      entry.policy = unsaved.get(entry.policyDomain);
      const stored = await store.get(entry.policyDomain);
      if (stored === undefined) return;
      entry.policy ??= stored.policy;
      entry.failure = stored.failure;
      entry.usedAtMs = stored.usedAtMs;
      entry.recheckAtMs = (stored.checkedAtMs ?? 0) + this.#recheckMs;
    });
  }

  /** Resolves when the policy that the entry then has is committed. */
  async record(entry: Entry, round: Round, startedAtMs: number): Promise<void> {
    const { decision, dns, endedAtMs } = round;
    const { log } = this.#tools;
    if (dns.kind === 'answer') this.#silences.end(entry.policyDomain);
    const failure = countFailure(entry.failure, round);
    const refreshAtMs = this.#postponed(failure, round);
    const fetched = toStoredPolicy(round, this.#refreshMs, this.#holdBackMs);
    // Policy and state are sent together, so that they share a transaction.
    const committed = fetched && this.#put(fetched);
    if (decision.kind !== 'policy' && entry.policy !== undefined) this.#expire(entry.policy);
    if (fetched !== undefined || entry.policy !== undefined || failure !== undefined)
      this.#putState(entry, round, failure, refreshAtMs);
    // Until it is committed nobody is told of it.
    await committed;
    if (fetched !== undefined) log.fetched(fetched, entry.policy);
    entry.policy = fetched ?? withRefresh(entry.policy, refreshAtMs);
    entry.failure = failure;
    entry.recheckAtMs = endedAtMs + this.#recheckMs;
    entry.absent = undefined;
    if (decision.kind !== 'policy') this.#recordAbsence(entry, round, startedAtMs);
    else if (policyInForce(entry, endedAtMs) === undefined) this.#recordHeldBack(entry, round);
    else this.#tellFailure(entry, round);
  }

  /** Offers the store once more what it has not taken; before the end. */
  lastTry(): Promise<void> {
    return this.#guarded('policies could not be kept and are lost', () =>
      this.#tools.unsaved.retry(),
    );
  }

  /** A broken disk must not stop mail: memory goes on, and everybody hears of it. */
  async #guarded(action: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#tools.log.storeFailed(action, error);
    }
  }

  #put(policy: StoredPolicy): Promise<void> {
    return this.#guarded('policy could not be kept', () => this.#tools.unsaved.put(policy));
  }

  /** Bookkeeping beside the policy; nobody waits for it. */
  #putState(
    { policyDomain, usedAtMs }: Entry,
    { dns, endedAtMs }: Round,
    failure: Failure | undefined,
    refreshAtMs: number | undefined,
  ): void {
    const state = {
      policyDomain,
      failure: failure ?? null,
      ...(usedAtMs === undefined ? {} : { usedAtMs }),
      ...(dns.kind === 'answer' ? { checkedAtMs: endedAtMs } : {}),
      ...(refreshAtMs === undefined ? {} : { refreshAtMs }),
    };
    void this.#guarded('state could not be kept', () => this.#tools.store.putState(state));
  }

  /** What has expired is history, for the store too; otherwise it would be found again at the next lookup. */
  #expire({ policyDomain }: StoredPolicy): void {
    const { clock, store, unsaved } = this.#tools;
    unsaved.forget(policyDomain);
    void this.#guarded('expired policy could not be removed', async () => {
      await store.remove(policyDomain, 'expired', clock.now());
    });
  }

  /** When the next refresh is due after a fetch that has just failed; undefined if none has. */
  #postponed(failure: Failure | undefined, round: Round): number | undefined {
    if (failure === undefined || round.fetchCode === undefined) return undefined;
    return round.endedAtMs + retryAfterMs(failure.count, this.#holdBackMs, this.#refreshMs);
  }

  #recordAbsence(entry: Entry, round: Round, startedAtMs: number): void {
    const { decision, dns, policyDomain, endedAtMs } = round;
    this.#tools.log.unprotected(round, entry.policy);
    entry.policy = undefined;
    if (decision.kind === 'no-policy') {
      const untilMs = endedAtMs + negativeTtlMs(round, this.#tools.settings);
      entry.absent = { kind: 'no-policy', policyDomain, because: decision.because, untilMs };
      entry.absentUntilMs = untilMs;
    } else if (dns.kind === 'failure') {
      const sinceMs = this.#silences.begin(policyDomain, startedAtMs);
      entry.absent = { kind: 'uncertain', policyDomain, because: dns.code, sinceMs };
      entry.absentUntilMs = endedAtMs + UNCERTAIN_MS;
    }
  }

  /** A `max_age` of 0 served this delivery; the next fetch still waits (RFC 8461 §3.3). */
  #recordHeldBack(entry: Entry, { policyDomain, endedAtMs }: Round): void {
    const untilMs = endedAtMs + this.#holdBackMs;
    entry.policy = undefined;
    entry.absent = { kind: 'no-policy', policyDomain, because: 'held-back', untilMs };
    entry.absentUntilMs = untilMs;
  }

  #tellFailure(entry: Entry, round: Round): void {
    const { decision, fetchCode } = round;
    const { clock, log } = this.#tools;
    const policy = policyInForce(entry, clock.now());
    if (policy === undefined || decision.kind !== 'policy') return;
    const { mode } = decision.policy;
    const because = decision.failure?.because;
    if (fetchCode !== undefined && fetchCode !== 'ok')
      log.refreshFailed(policy, mode, round, entry.failure?.count ?? 1);
    else if (because !== undefined && because !== 'held-back')
      log.checkFailed(policy, mode, because, entry.trouble === because);
    entry.trouble = because;
  }
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

/** What is to be kept of a policy that a round has just fetched; undefined if it fetched none. */
function toStoredPolicy(
  { policyDomain, fetch, decision }: Round,
  refreshMs: number,
  holdBackMs: number,
): StoredPolicy | undefined {
  if (fetch?.kind !== 'body' || !isFetched(decision)) return undefined;
  const { id, fetchedAtMs, expiresAtMs } = decision;
  const { remoteAddress, certificate } = fetch.trace;
  const lifetimeMs = expiresAtMs - fetchedAtMs;
  const refreshAtMs = nextRefreshMs(policyDomain, fetchedAtMs, lifetimeMs, refreshMs);
  return {
    policyDomain,
    id,
    body: fetch.body,
    fetchedAtMs,
    expiresAtMs,
    // A short lifetime is no reason to hurry: such a policy is fetched again when it is used.
    refreshAtMs: Math.max(refreshAtMs, fetchedAtMs + Math.min(holdBackMs, refreshMs)),
    ...(remoteAddress === undefined ? {} : { fetchedFrom: remoteAddress }),
    ...(certificate === undefined ? {} : { certificateNotAfterMs: certificate.notAfterMs }),
  };
}

type Fetched = Extract<PolicyDecision, { kind: 'policy' }>;

const isFetched = (decision: PolicyDecision): decision is Fetched =>
  decision.kind === 'policy' && decision.from === 'fetch';

/** Domains whose silence is remembered. */
const MOST_SILENT = 65_536;

/**
 * Since when the DNS has been silent about which domain. Kept apart from the entries, so that a busy memory cannot
 * make a bounded `TEMP` begin anew.
 */
class Silences {
  readonly #since = new Map<Domain, number>();

  /** When the silence began; now, if it begins now. */
  begin(policyDomain: Domain, nowMs: number): number {
    const known = this.#since.get(policyDomain);
    if (known !== undefined) return known;
    if (this.#since.size >= MOST_SILENT) {
      const [eldest] = this.#since.keys();
      if (eldest !== undefined) this.#since.delete(eldest);
    }
    this.#since.set(policyDomain, nowMs);
    return nowMs;
  }

  end(policyDomain: Domain): void {
    this.#since.delete(policyDomain);
  }
}
