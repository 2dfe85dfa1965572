import type { FailureDetails, ReportedPolicy } from './tls-report.ts';

/** The policy that a session was held against. */
export type AppliedPolicy = Pick<
  ReportedPolicy,
  'policyType' | 'policyString' | 'policyDomain' | 'mxHost'
>;

/** What failed in one session. */
export type SessionFailure = Omit<FailureDetails, 'failedSessionCount'>;

/** Sessions of the same course: one, or several counted together. */
export interface TlsSession {
  readonly policy: AppliedPolicy;
  /** Whether TLS as the policy demands it came about in the end. */
  readonly isSuccess: boolean;
  /** Also of a session that succeeded after all; may be empty for one that failed. */
  readonly failures: readonly SessionFailure[];
  /** Default 1. */
  readonly count?: number;
}

interface Tally {
  readonly policy: AppliedPolicy;
  successes: number;
  failures: number;
  readonly details: Map<string, { readonly failure: SessionFailure; count: number }>;
}

/**
 * Counts sessions into the entries of a report, one for each policy, its failures by all that describes them. The
 * order of the sessions does not matter: entries are sorted by type, domain and text. RFC 8460 §4.2, §4.3.
 *
 * @example
 * ```ts
 * import { aggregateSessions } from '@sekisho/spec';
 *
 * const policy = {
 *   policyType: 'sts', policyDomain: 'example.com', mxHost: ['mx.example.com'],
 *   policyString: ['version: STSv1', 'mode: enforce', 'mx: mx.example.com', 'max_age: 604800'],
 * };
 * const failures = [{ resultType: 'certificate-expired', receivingMxHostname: 'mx.example.com' }];
 * const [entry] = aggregateSessions([
 *   { policy, isSuccess: true, failures: [] },
 *   { policy, isSuccess: false, failures },
 *   { policy, isSuccess: false, failures, count: 2 },
 * ]);
 * assert.equal(entry?.totalSuccessfulSessionCount, 1);
 * assert.equal(entry?.totalFailureSessionCount, 3);
 * assert.equal(entry?.failureDetails[0]?.failedSessionCount, 3);
 * ```
 */
export function aggregateSessions(sessions: Iterable<TlsSession>): readonly ReportedPolicy[] {
  const tallies = new Map<string, Tally>();
  for (const session of sessions) {
    const key = policyKey(session.policy);
    const tally = tallies.get(key) ?? {
      policy: session.policy,
      successes: 0,
      failures: 0,
      details: new Map(),
    };
    tallies.set(key, tally);
    addSession(tally, session);
  }
  return inOrder(tallies).map(toEntry);
}

function addSession(tally: Tally, { isSuccess, failures, count = 1 }: TlsSession): void {
  if (isSuccess) tally.successes += count;
  else tally.failures += count;
  // A session that failed twice in the same way is one session that failed so.
  const different = new Map(failures.map((failure) => [failureKey(failure), failure]));
  for (const [key, failure] of different) {
    const detail = tally.details.get(key) ?? { failure, count: 0 };
    detail.count += count;
    tally.details.set(key, detail);
  }
}

function toEntry({ policy, successes, failures, details }: Tally): ReportedPolicy {
  return {
    ...policy,
    totalSuccessfulSessionCount: successes,
    totalFailureSessionCount: failures,
    failureDetails: inOrder(details).map(({ failure, count }) => ({
      ...failure,
      failedSessionCount: count,
    })),
  };
}

function inOrder<T>(entries: ReadonlyMap<string, T>): readonly T[] {
  return [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

/** Two texts that say the same in another order are two policies, as the standard reports what was applied. */
function policyKey({ policyType, policyDomain, policyString, mxHost }: AppliedPolicy): string {
  return JSON.stringify([policyType, policyDomain ?? null, policyString, mxHost]);
}

function failureKey(failure: SessionFailure): string {
  return JSON.stringify([
    failure.resultType,
    failure.receivingMxHostname ?? null,
    failure.receivingIp ?? null,
    failure.sendingMtaIp ?? null,
    failure.receivingMxHelo ?? null,
    failure.failureReasonCode ?? null,
    failure.additionalInformation ?? null,
  ]);
}
