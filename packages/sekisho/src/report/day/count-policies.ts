import { aggregateSessions, type ReportedPolicy, type TlsSession } from '@sekisho/spec';
import { mergePolicies } from './merge-policies.ts';

/**
 * Counts sessions, and adds what discovery found to the failures of the same policy: no session failed with it, so the
 * totals do not have it. RFC 8460 §4.2, §4.3.2.2.
 */
export function countPolicies(
  sessions: Iterable<TlsSession>,
  found: Iterable<TlsSession>,
): readonly ReportedPolicy[] {
  const withoutTotals = aggregateSessions(found).map((entry) => ({
    ...entry,
    totalSuccessfulSessionCount: 0,
    totalFailureSessionCount: 0,
  }));
  return mergePolicies([...aggregateSessions(sessions), ...withoutTotals]);
}
