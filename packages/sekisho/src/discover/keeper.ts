import type { PolicyDecision, StsMode } from '@sekisho/spec';
import type { Clock } from '../io/clock/index.ts';
import type { Log } from '../io/log/index.ts';
import type { DomainState, PolicyStore, StoredPolicy } from '../io/store/index.ts';
import { alertLevel } from './alert.ts';
import { type Entry, policyInForce } from './entry.ts';
import type { FetchCode, Observe } from './events.ts';
import { negativeTtlMs } from './negative-ttl.ts';
import type { Round } from './round.ts';
import { nextRefreshMs, retryAfterMs } from './schedule.ts';
import type { DiscoverSettings } from './settings.ts';
import { createSilences } from './silences.ts';

/** How long silence of the DNS is remembered: an MTA asks several times for one message. */
const UNCERTAIN_MS = 30_000;

export interface KeeperTools {
  readonly clock: Clock;
  readonly store: PolicyStore;
  readonly log: Log;
  readonly observe: Observe;
  readonly settings: DiscoverSettings;
}

/** Brings what a round learnt into memory and the store; one place decides what survives. */
export interface Keeper {
  /** Resolves when what the entry now says is committed. `mode` is that of the policy in force, for alerts. */
  absorb(entry: Entry, round: Round, startedAtMs: number): Promise<void>;
  /** Fills an entry from the store; a broken store counts as an empty one, loudly. */
  load(entry: Entry): Promise<void>;
}

export function createKeeper({ clock, store, log, observe, settings }: KeeperTools): Keeper {
  const recheckMs = settings.recheckSeconds * 1000;
  const refreshMs = settings.refreshSeconds * 1000;
  const holdBackMs = settings.holdBackSeconds * 1000;
  const silences = createSilences();

  /** A broken disk must not stop mail: memory goes on, and everybody hears of it. */
  const guarded = async (action: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      observe({ kind: 'store-failed' });
      log.error(action, { error });
    }
  };

  const keepPolicy = async (
    entry: Entry,
    round: Round,
    { id, expiresAtMs, fetchedAtMs }: Extract<PolicyDecision, { kind: 'policy' }>,
  ): Promise<void> => {
    if (round.fetch?.kind !== 'body') return;
    const { trace, body } = round.fetch;
    const lifetimeMs = expiresAtMs - fetchedAtMs;
    const refreshAtMs = nextRefreshMs(entry.policyDomain, fetchedAtMs, lifetimeMs, refreshMs);
    const policy: StoredPolicy = {
      policyDomain: entry.policyDomain,
      id,
      body,
      fetchedAtMs,
      expiresAtMs,
      refreshAtMs: Math.max(refreshAtMs, fetchedAtMs + Math.min(holdBackMs, refreshMs)),
      ...(trace.remoteAddress === undefined ? {} : { fetchedFrom: trace.remoteAddress }),
      ...(trace.certificate === undefined
        ? {}
        : { certificateNotAfterMs: trace.certificate.notAfterMs }),
    };
    await guarded('cannot keep policy', () => store.putPolicy(policy));
    logChange(log, entry.policy, policy);
    entry.policy = policy;
    entry.failure = undefined;
  };

  const noteFailure = (entry: Entry, round: Round): NonNullable<DomainState['failure']> | null => {
    if (!round.fetchDecision.fetch || round.fetchCode === undefined) return entry.failure ?? null;
    if (round.fetchCode === 'ok') return null;
    const count = (entry.failure?.count ?? 0) + 1;
    const { id } = round.fetchDecision;
    return { id, atMs: round.endedAtMs, code: round.fetchCode, count };
  };

  const alertFailure = (entry: Entry, code: FetchCode, count: number, mode: StsMode): void => {
    const policy = policyInForce(entry, clock.now());
    if (policy === undefined) return;
    observe({ kind: 'refresh-failed', code });
    const remainingMs = policy.expiresAtMs - clock.now();
    const lifetimeMs = policy.expiresAtMs - policy.fetchedAtMs;
    log[alertLevel({ mode, count, remainingMs, lifetimeMs })](
      'policy could not be refreshed; the cached one stays in force',
      {
        domain: entry.policyDomain,
        code,
        failures: count,
        expires: new Date(policy.expiresAtMs).toISOString(),
      },
    );
  };

  const noteState = (entry: Entry, round: Round, failure: DomainState['failure'] | null): void => {
    const failed = failure !== null && failure !== undefined && round.fetchCode !== undefined;
    const refreshAtMs = failed
      ? round.endedAtMs + retryAfterMs(failure.count, holdBackMs, refreshMs)
      : undefined;
    if (refreshAtMs !== undefined && entry.policy !== undefined)
      entry.policy = { ...entry.policy, refreshAtMs };
    if (entry.policy === undefined && failure === null) return;
    const state = {
      policyDomain: entry.policyDomain,
      ...(entry.usedAtMs === undefined ? {} : { usedAtMs: entry.usedAtMs }),
      failure: failure ?? null,
      ...(round.dns.kind === 'answer' ? { checkedAtMs: round.endedAtMs } : {}),
      ...(refreshAtMs === undefined ? {} : { refreshAtMs }),
    };
    void guarded('cannot keep state', () => store.putState(state));
  };

  const noteAbsence = (entry: Entry, round: Round, startedAtMs: number): void => {
    const { decision, policyDomain, endedAtMs } = round;
    if (decision.kind === 'no-policy') {
      const untilMs = endedAtMs + negativeTtlMs(round, settings);
      entry.absent = { kind: 'no-policy', policyDomain, because: decision.because, untilMs };
      entry.absentUntilMs = untilMs;
    } else if (round.dns.kind === 'failure') {
      const sinceMs = silences.begin(policyDomain, startedAtMs);
      entry.absent = { kind: 'uncertain', policyDomain, because: round.dns.code, sinceMs };
      entry.absentUntilMs = endedAtMs + UNCERTAIN_MS;
    }
  };

  /** A `max_age` of 0 served this delivery; the next fetch still waits (RFC 8461 §3.3). */
  const holdBack = (entry: Entry, { policyDomain, endedAtMs }: Round): void => {
    const untilMs = endedAtMs + holdBackMs;
    entry.policy = undefined;
    entry.absent = { kind: 'no-policy', policyDomain, because: 'held-back', untilMs };
    entry.absentUntilMs = untilMs;
  };

  return {
    async absorb(entry, round, startedAtMs) {
      const failure = noteFailure(entry, round);
      const { decision } = round;
      if (round.dns.kind === 'answer') silences.end(entry.policyDomain);
      if (decision.kind === 'policy' && decision.from === 'fetch') {
        await keepPolicy(entry, round, decision);
      }
      entry.failure = failure ?? undefined;
      entry.recheckAtMs = round.endedAtMs + recheckMs;
      entry.absent = undefined;
      noteState(entry, round, failure);
      if (decision.kind !== 'policy') {
        entry.policy = undefined;
        noteAbsence(entry, round, startedAtMs);
      } else if (policyInForce(entry, round.endedAtMs) === undefined) {
        holdBack(entry, round);
      } else if (failure !== null && round.fetchCode !== undefined) {
        alertFailure(entry, round.fetchCode, failure.count, decision.policy.mode);
      }
    },
    load: (entry) =>
      guarded('cannot read the store', async () => {
        const stored = await store.get(entry.policyDomain);
        if (stored === undefined) return;
        entry.policy = stored.policy;
        entry.failure = stored.failure;
        entry.usedAtMs = stored.usedAtMs;
        entry.recheckAtMs = (stored.checkedAtMs ?? 0) + recheckMs;
      }),
  };
}

function logChange(log: Log, former: StoredPolicy | undefined, policy: StoredPolicy): void {
  const fields = { domain: policy.policyDomain, id: policy.id };
  if (former === undefined) log.info('policy learnt', fields);
  else if (former.id !== policy.id || former.body !== policy.body)
    log.info('policy changed', { ...fields, formerId: former.id });
  else log.debug('policy confirmed', fields);
}
