import type { FailureDetails, ReportedPolicy } from '@sekisho/spec';

/** Makes one entry of all with the same policy, and one of all failures of an entry that are described alike. */
export function mergePolicies(entries: readonly ReportedPolicy[]): readonly ReportedPolicy[] {
  const merged = new Map<string, ReportedPolicy[]>();
  for (const entry of entries) {
    const { policyType, policyDomain, policyString, mxHost } = entry;
    const key = JSON.stringify([policyType, policyDomain, policyString, mxHost]);
    const alike = merged.get(key);
    if (alike === undefined) merged.set(key, [entry]);
    else alike.push(entry);
  }
  return [...merged.values()].flatMap(mergeAlike);
}

function mergeAlike(alike: readonly ReportedPolicy[]): readonly ReportedPolicy[] {
  return alike.slice(0, 1).map((first) => ({
    ...first,
    totalSuccessfulSessionCount: sum(alike.map((entry) => entry.totalSuccessfulSessionCount)),
    totalFailureSessionCount: sum(alike.map((entry) => entry.totalFailureSessionCount)),
    failureDetails: mergeDetails(alike.flatMap((entry) => entry.failureDetails)),
  }));
}

function mergeDetails(details: readonly FailureDetails[]): readonly FailureDetails[] {
  const merged = new Map<string, { readonly detail: FailureDetails; count: number }>();
  for (const detail of details) {
    const key = keyOf(detail);
    const alike = merged.get(key);
    if (alike === undefined) merged.set(key, { detail, count: detail.failedSessionCount });
    else alike.count += detail.failedSessionCount;
  }
  return [...merged.values()].map(({ detail, count }) =>
    count === detail.failedSessionCount ? detail : { ...detail, failedSessionCount: count },
  );
}

function keyOf(detail: FailureDetails): string {
  return JSON.stringify([
    detail.resultType,
    detail.sendingMtaIp,
    detail.receivingMxHostname,
    detail.receivingMxHelo,
    detail.receivingIp,
    detail.additionalInformation,
    detail.failureReasonCode,
  ]);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((before, number) => before + number, 0);
}
