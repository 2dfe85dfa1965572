import type { Domain } from '@sekisho/spec';
import type { GateEvidence, ReportScope } from './answers.ts';
import { MOST_DAYS } from './asking.ts';
import { dayOf, formatDay } from './day.ts';
import type { createTotals } from './totals.ts';

/**
 * Types that `enforce` turns into no failed delivery. Without a policy that it can fetch and read, a sender goes on with
 * the one that it has, and without one delivers as if there was none (RFC 8461 §3.3); the others concern DANE, which a
 * sender obeys whatever MTA-STS says (RFC 8460 §4.3.2.1).
 */
const HARMLESS: ReadonlySet<string> = new Set([
  'sts-policy-fetch-error',
  'sts-policy-invalid',
  'sts-webpki-invalid',
  'tlsa-invalid',
  'dnssec-invalid',
  'dane-required',
]);

/**
 * What verified reports say about going to `enforce`. A failure counts when it happened under our MTA-STS policy, in
 * `testing` or `enforce` or in a mode that the report does not tell, whatever its type but those of `HARMLESS`: without
 * STARTTLS or a certificate that fits, a sender that obeys `enforce` does not deliver (RFC 8461 §5), and a type that we do
 * not know may mean the same. Sessions under `tlsa` alone or under no policy are no evidence of failed deliveries, since
 * their senders would not apply it. A session that failed in two ways counts once in each; a session reported under tlsa
 * and sts alike counts once in `sessions`, and in `failures` as what it was under sts.
 */
export function summariseForGate(
  totals: ReturnType<typeof createTotals>,
  domain: string,
  sinceMs: number,
): GateEvidence {
  const since = dayOf(sinceMs);
  const firstDay = formatDay(since);
  const lastDay = formatDay(since + MOST_DAYS);
  const scope: ReportScope = { firstDay, lastDay, domain: domain as Domain };
  const days = totals.listDayTotals(scope);
  if (days.length === 0) {
    const others = totals.listDayTotals({ ...scope, trust: 'all' });
    const count = others.reduce((sum, { reports }) => sum + reports, 0);
    const apart = count === 0 ? '' : ` ${count} that nobody signed for are kept apart.`;
    return { kind: 'none', because: `No verified TLS report since ${firstDay}.${apart}` };
  }
  const failures = new Map<string, number>();
  for (const { policyType, mode, resultType, sessions } of totals.listResultTotals(scope)) {
    if (policyType !== 'sts' || mode === 'none' || HARMLESS.has(resultType)) continue;
    failures.set(resultType, (failures.get(resultType) ?? 0) + sessions);
  }
  return {
    kind: 'reports',
    days: days.length,
    sessions: days.reduce((sum, { successful, failed }) => sum + successful + failed, 0),
    failures: [...failures].map(([resultType, sessions]) => ({ resultType, sessions })),
  };
}
