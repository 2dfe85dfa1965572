import type { RecordLookup } from './decide-fetch.ts';
import type { CachedPolicy } from './policy-lifetime.ts';
import { isPolicyFresh, policyExpiresAtMs } from './policy-lifetime.ts';
import type { ResultType } from '../text/result-type.ts';
import type { StsPolicy } from './sts-policy.ts';

/** The result types of a policy that could not be had. RFC 8460 §4.3.2. */
export type PolicyFailureType = Extract<
  ResultType,
  'sts-policy-fetch-error' | 'sts-policy-invalid' | 'sts-webpki-invalid'
>;

/** What the HTTPS fetch came to. */
export type FetchOutcome =
  | { readonly kind: 'policy'; readonly policy: StsPolicy }
  | { readonly kind: 'failed'; readonly resultType: PolicyFailureType }
  | { readonly kind: 'held-back' } // not tried: it failed less than five minutes ago
  | { readonly kind: 'not-attempted' }; // not due, or still under way

/** Why the live policy could not be had. */
export interface DiscoveryFailure {
  readonly because:
    | 'dns-unavailable'
    | 'no-record'
    | 'multiple-records'
    | 'record-invalid'
    | 'fetch-failed'
    | 'held-back';
  /** What a TLS report calls it. */
  readonly resultType: PolicyFailureType;
  /** Whether RFC 8461 §6 wants it in TLS reports: never where the policy in force has mode `none`. */
  readonly isReportable: boolean;
}

/**
 * What is in force for a domain.
 *
 * - `policy`: this policy, fresh from the host or kept; `failure` says why only the kept one could serve.
 * - `no-policy`: deliver as if the domain had no MTA-STS.
 * - `uncertain`: the DNS could not tell and nothing is kept; the caller decides between delivery and a bounded delay.
 */
export type PolicyDecision =
  | {
      readonly kind: 'policy';
      readonly policy: StsPolicy;
      readonly id: string;
      readonly fetchedAtMs: number;
      readonly expiresAtMs: number;
      readonly from: 'fetch' | 'cache';
      readonly failure?: DiscoveryFailure;
    }
  | {
      readonly kind: 'no-policy';
      readonly because: Exclude<DiscoveryFailure['because'], 'dns-unavailable'> | 'not-fetched';
      readonly failure?: DiscoveryFailure;
    }
  | { readonly kind: 'uncertain'; readonly because: 'dns-unavailable' };

/**
 * Decides what is in force after discovery: the fetched policy, else the unexpired kept one whatever failed, else none.
 * A policy fetched without a usable record counts only while a kept one vouches for the domain. RFC 8461 §3.3, §5.1.
 *
 * @example
 * ```ts
 * import { decidePolicy, parseStsPolicy } from '@sekisho/spec';
 *
 * const parsed = parseStsPolicy('version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 1209600\n');
 * assert(parsed.ok);
 * const decision = decidePolicy({
 *   cached: { id: '1', policy: parsed.value, fetchedAtMs: 0 },
 *   record: { kind: 'unavailable' },
 *   fetched: { kind: 'not-attempted' },
 *   nowMs: 1_000,
 * });
 * assert(decision.kind === 'policy');
 * assert.equal(decision.from, 'cache');
 * assert.equal(decision.failure?.because, 'dns-unavailable');
 * ```
 */
export function decidePolicy(input: {
  readonly cached?: CachedPolicy | undefined;
  readonly record: RecordLookup;
  readonly fetched: FetchOutcome;
  readonly nowMs: number;
}): PolicyDecision {
  const { record, fetched, nowMs } = input;
  const kept = input.cached && isPolicyFresh(input.cached, nowMs) ? input.cached : undefined;
  const id = record.kind === 'record' ? record.record.id : kept?.id;
  if (fetched.kind === 'policy' && id !== undefined) {
    return inForce({ id, policy: fetched.policy, fetchedAtMs: nowMs }, 'fetch');
  }
  const failure = discoveryFailure(record, fetched, kept);
  if (kept) return inForce(kept, 'cache', failure);
  if (failure === undefined) return { kind: 'no-policy', because: 'not-fetched' };
  if (failure.because === 'dns-unavailable')
    return { kind: 'uncertain', because: 'dns-unavailable' };
  return { kind: 'no-policy', because: failure.because, failure };
}

function inForce(
  cached: CachedPolicy,
  from: 'fetch' | 'cache',
  failure?: DiscoveryFailure,
): PolicyDecision {
  const expiresAtMs = policyExpiresAtMs(cached);
  const decision = { kind: 'policy', ...cached, expiresAtMs, from } as const;
  return failure === undefined ? decision : { ...decision, failure };
}

function discoveryFailure(
  record: RecordLookup,
  fetched: FetchOutcome,
  kept: CachedPolicy | undefined,
): DiscoveryFailure | undefined {
  const because = failureReason(record, fetched);
  if (because === undefined) return undefined;
  const resultType = fetched.kind === 'failed' ? fetched.resultType : 'sts-policy-fetch-error';
  const isReportable = kept ? kept.policy.mode !== 'none' : record.kind === 'record';
  return { because, resultType, isReportable };
}

function failureReason(
  record: RecordLookup,
  fetched: FetchOutcome,
): DiscoveryFailure['because'] | undefined {
  switch (record.kind) {
    case 'unavailable':
      return 'dns-unavailable';
    case 'none':
      return 'no-record';
    case 'multiple':
      return 'multiple-records';
    case 'invalid':
      return 'record-invalid';
    case 'record':
      if (fetched.kind === 'failed') return 'fetch-failed';
      return fetched.kind === 'held-back' ? 'held-back' : undefined;
  }
}
