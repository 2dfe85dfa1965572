import { createHash } from 'node:crypto';
import {
  countSessions,
  type FailureDetails,
  isOutsidePolicy,
  type ReportedPolicy,
  reportedMode,
  reportedPatterns,
  type SessionCount,
} from '@sekisho/spec';
import { cutText } from './cut-text.ts';
import { dayOf } from './day.ts';
import type { ArrivedReport } from './intake-store.ts';
import {
  ENTRIES_PER_REPORT,
  FAILURES_PER_REPORT,
  LARGEST_COUNT,
  LONGEST_POLICY,
} from './limits.ts';

/** A failure as it is kept. */
export interface OutlinedFailure {
  readonly details: FailureDetails;
  /** Whether its MX host matches no pattern of the policy. */
  readonly isOutsidePolicy: boolean;
}

/** An entry as it is kept. */
export interface OutlinedEntry {
  readonly policy: ReportedPolicy;
  /** Empty where it is not known. */
  readonly domain: string;
  /** Empty where it is not known. */
  readonly mode: string;
  readonly failures: readonly OutlinedFailure[];
}

/** What of a report goes into the tables: bounded, whatever the reporter wrote. */
export interface OutlinedReport {
  readonly day: number;
  /** The same for copies of one report. */
  readonly key: Uint8Array;
  readonly hash: Uint8Array;
  readonly isVerified: boolean;
  readonly entries: readonly OutlinedEntry[];
  readonly counts: readonly SessionCount[];
}

export function outlineReport(arrived: ArrivedReport): OutlinedReport {
  const { report, trust, submitter, raw } = arrived;
  const policies = boundDetails(report.policies.slice(0, ENTRIES_PER_REPORT).map(boundPolicy));
  const domains = new Set(report.policies.map(({ policyDomain = '' }) => policyDomain));
  // Reporters use an id again, some for all domains of a day (RFC 8460 §4.4 leaves the scheme to them).
  const same = [submitter, report.reportId, report.startMs, report.endMs, [...domains].sort()];
  return {
    day: dayOf(report.startMs),
    key: digest(JSON.stringify(same)),
    hash: digest(raw),
    isVerified: trust.kind === 'verified',
    entries: policies.map(outlineEntry),
    counts: countSessions(policies),
  };
}

function digest(data: string | Uint8Array): Uint8Array {
  return createHash('sha256').update(data).digest().subarray(0, 16);
}

function outlineEntry(policy: ReportedPolicy): OutlinedEntry {
  const patterns = reportedPatterns(policy);
  return {
    policy,
    domain: policy.policyDomain ?? '',
    mode: reportedMode(policy) ?? '',
    failures: policy.failureDetails.map((details) => ({
      details,
      isOutsidePolicy: isOutsidePolicy(patterns, details.receivingMxHostname),
    })),
  };
}

function boundPolicy(policy: ReportedPolicy): ReportedPolicy {
  const { policyDomain } = policy;
  return {
    ...policy,
    policyType: cutText(policy.policyType),
    ...(policyDomain === undefined ? {} : { policyDomain: cutText(policyDomain) }),
    policyString: boundLines(policy.policyString),
    mxHost: boundLines(policy.mxHost),
    totalSuccessfulSessionCount: bound(policy.totalSuccessfulSessionCount),
    totalFailureSessionCount: bound(policy.totalFailureSessionCount),
  };
}

function boundLines(lines: readonly string[]): readonly string[] {
  let left = LONGEST_POLICY;
  return lines.filter((line) => {
    left -= line.length + 1;
    return left >= 0;
  });
}

/** Cuts texts, and puts failures beyond the limit together by their type. */
function boundDetails(policies: readonly ReportedPolicy[]): readonly ReportedPolicy[] {
  let left = FAILURES_PER_REPORT;
  return policies.map((policy) => {
    const kept = policy.failureDetails.slice(0, left).map(boundFailure);
    left -= kept.length;
    const rest = sumByType(policy.failureDetails.slice(kept.length));
    return { ...policy, failureDetails: [...kept, ...rest] };
  });
}

function sumByType(failures: readonly FailureDetails[]): readonly FailureDetails[] {
  const sums = new Map<string, number>();
  for (const { resultType, failedSessionCount } of failures) {
    // A flood of invented types must not come in by this way.
    const type = sums.size < FAILURES_PER_REPORT / 10 ? cutText(resultType) : 'validation-failure';
    sums.set(type, bound((sums.get(type) ?? 0) + bound(failedSessionCount)));
  }
  return [...sums].map(([resultType, failedSessionCount]) => ({ resultType, failedSessionCount }));
}

function boundFailure(failure: FailureDetails): FailureDetails {
  const texts = Object.entries(failure).map(([name, value]) => [
    name,
    typeof value === 'string' ? cutText(value) : bound(Number(value)),
  ]);
  const bounded = Object.fromEntries(texts) as FailureDetails;
  const host = bounded.receivingMxHostname?.toLowerCase().replace(/\.$/, '');
  return host === undefined ? bounded : { ...bounded, receivingMxHostname: host };
}

function bound(count: number): number {
  return Math.min(count, LARGEST_COUNT);
}
