import type { DiscoveryFailure, Domain, PolicyFailureType, StsMode } from '@sekisho/spec';
import type { Clock } from '../io/clock/index.ts';
import type { DnsFailureCode } from '../io/dns/index.ts';
import type { Log } from '../io/log/index.ts';
import type { FetchCode, Round } from './round.ts';
import type { StoredPolicy } from './store/index.ts';

/** A policy that is announced could not be had from its host, in the way that a TLS report tells it (RFC 8460 §4.3.2.2). */
export interface MissedPolicy {
  readonly kind: 'policy-missed';
  readonly policyDomain: Domain;
  readonly atMs: number;
  readonly resultType: PolicyFailureType;
  readonly code: FetchCode;
  /** The text of the policy that stays in force, else the text that was fetched and is none. */
  readonly body?: string;
}

/** What happens while policies are kept, for whoever counts. Only a missed policy carries remote names. */
export type DiscoverEvent =
  | { readonly kind: 'fetch'; readonly code: FetchCode; readonly durationMs: number }
  | { readonly kind: 'record-lookup'; readonly outcome: 'answer' | DnsFailureCode }
  /** `memory`: no I/O; `store`: read back; `network`: discovered. */
  | { readonly kind: 'served'; readonly from: 'memory' | 'store' | 'network' }
  /** A fetch failed, or the record could not be used, while a cached policy is in force. */
  | { readonly kind: 'refresh-failed'; readonly code: FetchCode }
  | { readonly kind: 'check-failed'; readonly because: DiscoveryFailure['because'] }
  /** Not after a fetch that an operator asked for, nor where RFC 8461 §6 wants no report. */
  | MissedPolicy
  | { readonly kind: 'store-failed' };

export type Observe = (event: DiscoverEvent) => void;

/** Tells the log, and whoever counts, what became of a policy. */
export class DiscoveryLog {
  readonly #log: Log;
  readonly #observe: Observe;
  readonly #clock: Clock;

  constructor(log: Log, observe: Observe, clock: Clock) {
    this.#log = log;
    this.#observe = observe;
    this.#clock = clock;
  }

  /** A policy was fetched; `former` is what was kept before. */
  fetched(policy: StoredPolicy, former: StoredPolicy | undefined): void {
    if (former === undefined) this.#log.info('policy learnt', about(policy));
    else if (former.id !== policy.id || former.body !== policy.body)
      this.#log.info('policy changed', { ...about(policy), formerId: former.id });
    else this.#log.debug('policy confirmed', about(policy));
  }

  /** A fetch failed while `policy` is in force; the log level rises as its end approaches (RFC 8461 §3.3, §10.2). */
  refreshFailed(policy: StoredPolicy, mode: StsMode, round: Round, count: number): void {
    const { fetch, fetchCode: code = 'network' } = round;
    this.#observe({ kind: 'refresh-failed', code });
    const remainingMs = policy.expiresAtMs - this.#clock.now();
    const lifetimeMs = policy.expiresAtMs - policy.fetchedAtMs;
    const level = logLevel({ mode, count, remainingMs, lifetimeMs });
    const detail = fetch?.kind === 'failure' ? { detail: fetch.message } : {};
    const fields = { ...about(policy), code, failures: count, ...detail };
    this.#log[level]('policy could not be refreshed; the cached one stays in force', fields);
  }

  /** The record could not be used while `policy` is in force; `known` if that was told before. */
  checkFailed(
    policy: StoredPolicy,
    mode: StsMode,
    because: DiscoveryFailure['because'],
    known: boolean,
  ): void {
    this.#observe({ kind: 'check-failed', because });
    const level = mode === 'none' || known ? 'debug' : 'warn';
    const fields = { ...about(policy), because };
    this.#log[level]('record could not be used; the cached policy stays in force', fields);
  }

  /** Nothing is in force: the announced policy could not be had, or what was kept has expired. */
  unprotected(round: Round, expired: StoredPolicy | undefined): void {
    const { policyDomain, decision, dns, fetch, fetchCode } = round;
    if (decision.kind === 'policy') return;
    const because = dns.kind === 'failure' ? dns.code : decision.because;
    const detail = fetch?.kind === 'failure' ? fetch : dns.kind === 'failure' ? dns : undefined;
    const fields = {
      domain: policyDomain,
      because,
      ...(fetchCode === undefined ? {} : { code: fetchCode }),
      ...(detail === undefined ? {} : { detail: detail.message }),
    };
    if (expired !== undefined)
      this.#log.error('policy expired; mail goes as without one', { ...about(expired), ...fields });
    else if (decision.kind === 'uncertain')
      this.#log.warn('record could not be looked up, and nothing is kept', fields);
    else if (fetchCode !== undefined)
      this.#log.info('policy could not be had; mail goes as without one', fields);
  }

  storeFailed(action: string, error: unknown): void {
    this.#observe({ kind: 'store-failed' });
    this.#log.error(action, { error });
  }
}

const about = (policy: StoredPolicy) => ({
  domain: policy.policyDomain,
  id: policy.id,
  expires: new Date(policy.expiresAtMs).toISOString(),
});

const DAY_MS = 86_400_000;
const ERROR_FROM_COUNT = 4;

interface RefreshFailure {
  readonly mode: StsMode;
  /** Failures in a row, this one included. */
  readonly count: number;
  /** Until the cached policy expires and mail goes unprotected. */
  readonly remainingMs: number;
  readonly lifetimeMs: number;
}

/**
 * The log level of a failed refresh: it rises with the failures and as the remaining lifetime shrinks
 * (RFC 8461 §3.3, §10.2). A policy of mode `none` protects nothing, so its failures are of no concern.
 */
function logLevel({
  mode,
  count,
  remainingMs,
  lifetimeMs,
}: RefreshFailure): 'debug' | 'warn' | 'error' {
  if (mode === 'none') return 'debug';
  const nearEnd = remainingMs < Math.min(DAY_MS, lifetimeMs / 4);
  return nearEnd || count >= ERROR_FROM_COUNT ? 'error' : 'warn';
}
