import type { FailureDetails, ReportedPolicy } from '@sekisho/spec';
import { mergePolicies } from './merge-policies.ts';

/** How large a report may become before rare entries are told with fewer words. */
export interface DayReportLimits {
  /** Of the text, not compressed. Default 10,000,000: receivers commonly take 10 MB (RFC 8460 §5.2). */
  readonly sizeBytes: number;
  /** Entries of `failure-details` in all. Default 10,000. */
  readonly failureDetails: number;
}

export const DAY_REPORT_LIMITS: DayReportLimits = {
  sizeBytes: 10_000_000,
  failureDetails: 10_000,
};

/** Entries that fit, and whether they say less for it. The sums of sessions never change. */
export interface FittedPolicies {
  readonly policies: readonly ReportedPolicy[];
  readonly isShortened: boolean;
}

/**
 * Keeps a report within its limits: the rarest failures lose all but type and MX host, then all but the type, and are
 * counted together; where that does not do, the rarest policies lose their text, and at last their domain.
 *
 * @param sizeOf the size of a report of these entries, in bytes.
 * @param recipient stands for the policy domain where there are too many.
 */
export function fitPolicies(
  policies: readonly ReportedPolicy[],
  options: {
    readonly limits: DayReportLimits;
    readonly recipient: string;
    readonly sizeOf: (policies: readonly ReportedPolicy[]) => number;
  },
): FittedPolicies {
  const { limits, recipient, sizeOf } = options;
  const fits = (entries: readonly ReportedPolicy[]): boolean =>
    countDetails(entries) <= limits.failureDetails && sizeOf(entries) <= limits.sizeBytes;
  if (fits(policies)) return { policies, isShortened: false };
  for (const shortened of shorterAndShorter(policies, limits, recipient)) {
    if (fits(shortened)) return { policies: shortened, isShortened: true };
  }
  const policy = { policyType: 'no-policy-found', policyString: [], policyDomain: recipient };
  const least = policies.map((entry) => ({ ...entry, ...policy, mxHost: [] }));
  return { policies: mergePolicies(shortenDetails(least, 0)), isShortened: true };
}

function* shorterAndShorter(
  policies: readonly ReportedPolicy[],
  { failureDetails }: DayReportLimits,
  recipient: string,
): Generator<readonly ReportedPolicy[]> {
  const most = Math.min(countDetails(policies), failureDetails);
  for (const kept of halves(most)) yield shortenDetails(policies, kept);
  const bare = shortenDetails(policies, 0);
  for (const kept of halves(policies.length)) yield shortenPolicies(bare, kept, withoutText);
  const named = bare.map(withoutText);
  for (const kept of halves(policies.length))
    yield shortenPolicies(named, kept, (entry) => ({ ...entry, policyDomain: recipient }));
}

/** Half, a quarter and so on, to 0. */
function* halves(whole: number): Generator<number> {
  for (let left = Math.floor(whole / 2); left > 0; left = Math.floor(left / 2)) yield left;
  yield 0;
}

function withoutText(entry: ReportedPolicy): ReportedPolicy {
  return { ...entry, policyString: [], mxHost: [] };
}

/** The most frequent ones stay as they are. */
function shortenDetails(
  policies: readonly ReportedPolicy[],
  kept: number,
): readonly ReportedPolicy[] {
  const counted = policies.flatMap((entry) => entry.failureDetails);
  const whole = new Set(
    counted.toSorted((a, b) => b.failedSessionCount - a.failedSessionCount).slice(0, kept),
  );
  const shortened = (shorten: (detail: FailureDetails) => FailureDetails) =>
    mergePolicies(
      policies.map((entry) => ({
        ...entry,
        failureDetails: entry.failureDetails.map((detail) =>
          whole.has(detail) ? detail : shorten(detail),
        ),
      })),
    );
  const byHost = shortened(({ resultType, receivingMxHostname, failedSessionCount }) => ({
    resultType,
    ...(receivingMxHostname === undefined ? {} : { receivingMxHostname }),
    failedSessionCount,
  }));
  if (countDetails(byHost) <= 2 * kept) return byHost;
  return shortened(({ resultType, failedSessionCount }) => ({ resultType, failedSessionCount }));
}

/** Those with most sessions stay as they are. */
function shortenPolicies(
  policies: readonly ReportedPolicy[],
  kept: number,
  shorten: (entry: ReportedPolicy) => ReportedPolicy,
): readonly ReportedPolicy[] {
  const whole = new Set(policies.toSorted((a, b) => sessionsOf(b) - sessionsOf(a)).slice(0, kept));
  return mergePolicies(policies.map((entry) => (whole.has(entry) ? entry : shorten(entry))));
}

function sessionsOf(entry: ReportedPolicy): number {
  return entry.totalSuccessfulSessionCount + entry.totalFailureSessionCount;
}

function countDetails(policies: readonly ReportedPolicy[]): number {
  return policies.reduce((before, { failureDetails }) => before + failureDetails.length, 0);
}
