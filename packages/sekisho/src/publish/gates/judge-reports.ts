import type { ResultType } from '@sekisho/spec';
import { escapeText } from '../../io/log/index.ts';
import type { Gate, ReportedFailures, ReportSummary } from './gate.ts';

const DAY_MS = 86_400_000;

const UNREADABLE_REMEDY =
  'Let this program read the received reports: until it can, nobody knows whether they tell of failures.';

/**
 * Types that `enforce` turns into no failed delivery. Without a policy that it can fetch and read, a sender goes on with
 * the one that it has, and without one delivers as if there was none (RFC 8461 §3.3); the others concern DANE, which a
 * sender obeys whatever MTA-STS says (RFC 8460 §4.3.2.1).
 */
const HARMLESS: ReadonlySet<string> = new Set<ResultType>([
  'sts-policy-fetch-error',
  'sts-policy-invalid',
  'sts-webpki-invalid',
  'tlsa-invalid',
  'dnssec-invalid',
  'dane-required',
]);

/**
 * Whether `enforce` turns such a failure into mail that is not delivered: it happened under our MTA-STS policy, in
 * `testing` or `enforce` or in a mode that the report does not tell. Without STARTTLS or a certificate that fits, a
 * sender that obeys `enforce` does not deliver (RFC 8461 §5), and a type that we do not know may mean the same. Sessions
 * under `tlsa` alone or under no policy are no evidence of failed deliveries, since their senders would not apply ours.
 */
export function wouldStopMail({ policyType, mode, resultType }: ReportedFailures): boolean {
  return policyType === 'sts' && mode !== 'none' && !HARMLESS.has(resultType);
}

/** Whether the reports of the last days tell of no session that `enforce` would have stopped. */
export function judgeReports({
  reports,
  days,
  nowMs,
}: {
  readonly reports: ReportSummary;
  readonly days: number;
  readonly nowMs: number;
}): Gate {
  const code = 'reports-clean';
  if (reports.kind === 'none') return { code, state: 'unknown', evidence: [reports.because] };
  if (reports.kind === 'unknown')
    return { code, state: 'unknown', evidence: [reports.because], remedy: UNREADABLE_REMEDY };
  if (reports.days === 0) {
    const { unverifiedReports: count } = reports;
    const since = new Date(nowMs - days * DAY_MS).toISOString().slice(0, 10);
    const apart = count === 0 ? '' : ` ${count} that nobody signed for are kept apart.`;
    const evidence = [`No verified TLS report since ${since}.${apart}`];
    return { code, state: 'unknown', evidence };
  }
  const { sessions } = reports;
  const span = `TLS reports of ${reports.days} of the last ${days} days tell of ${sessions} sessions`;
  const stopped = sumByType(reports.failures.filter(wouldStopMail));
  const total = [...stopped.values()].reduce((sum, count) => sum + count, 0);
  if (total > 0) {
    const kinds = [...stopped].map(([type, count]) => `${escapeText(type)} ${count}`);
    return {
      code,
      state: 'shut',
      evidence: [`${span}; enforce would have stopped ${total}: ${kinds.join(', ')}.`],
      remedy: 'Repair what the reports name, and wait until they tell of no such failure.',
    };
  }
  if (sessions === 0) return { code, state: 'unknown', evidence: [`${span}.`] };
  return { code, state: 'open', evidence: [`${span}; enforce would have stopped none.`] };
}

/** A session reported under tlsa and sts alike is here once, as what it was under sts. */
function sumByType(failures: readonly ReportedFailures[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { resultType, sessions } of failures) {
    sums.set(resultType, (sums.get(resultType) ?? 0) + sessions);
  }
  return sums;
}
