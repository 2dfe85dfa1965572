import type { ReportedPolicy } from './tls-report.ts';

/** Sessions of one domain, each counted once. */
export interface SessionCount {
  readonly policyDomain: string | undefined;
  readonly successful: number;
  readonly failed: number;
}

/**
 * Adds up the sessions of a report by domain. Some reporters list the same sessions under the TLSA policy and again
 * under the MTA-STS policy: where both of one domain have the same number of sessions, they count once, with the
 * greater number of failures. RFC 8460 §4.
 *
 * @example
 * ```ts
 * import { countSessions } from '@sekisho/spec';
 *
 * const entry = {
 *   policyString: [], policyDomain: 'example.com', mxHost: [], failureDetails: [],
 *   totalSuccessfulSessionCount: 2, totalFailureSessionCount: 0,
 * };
 * const counts = countSessions([{ ...entry, policyType: 'sts' }, { ...entry, policyType: 'tlsa' }]);
 * assert.deepEqual(counts, [{ policyDomain: 'example.com', successful: 2, failed: 0 }]);
 * ```
 */
export function countSessions(policies: readonly ReportedPolicy[]): readonly SessionCount[] {
  const byDomain = new Map<string | undefined, ReportedPolicy[]>();
  for (const entry of policies) {
    const entries = byDomain.get(entry.policyDomain);
    if (entries === undefined) byDomain.set(entry.policyDomain, [entry]);
    else entries.push(entry);
  }
  return [...byDomain].map(([policyDomain, entries]) => {
    const counts = ['sts', 'tlsa'].map((type) => total(entries, (found) => found === type));
    const [sts = NONE, tlsa = NONE] = counts;
    const rest = total(entries, (type) => type !== 'sts' && type !== 'tlsa');
    const isSame = sts.successful + sts.failed === tlsa.successful + tlsa.failed;
    const both = isSame ? (sts.failed >= tlsa.failed ? sts : tlsa) : add(sts, tlsa);
    return { policyDomain, ...add(both, rest) };
  });
}

type Counts = Omit<SessionCount, 'policyDomain'>;

const NONE: Counts = { successful: 0, failed: 0 };

function total(entries: readonly ReportedPolicy[], isCounted: (type: string) => boolean): Counts {
  return entries
    .filter(({ policyType }) => isCounted(policyType))
    .map((entry) => ({
      successful: entry.totalSuccessfulSessionCount,
      failed: entry.totalFailureSessionCount,
    }))
    .reduce(add, NONE);
}

function add(a: Counts, b: Counts): Counts {
  return { successful: a.successful + b.successful, failed: a.failed + b.failed };
}
