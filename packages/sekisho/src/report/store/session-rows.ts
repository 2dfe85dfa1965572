import type { AppliedPolicy, Domain, SessionFailure } from '@sekisho/spec';
import type { CountedSessions, SessionSource } from './report-store.ts';

export interface CountRow {
  readonly day: string;
  readonly domain: Domain;
  readonly record: string | null;
  readonly source: SessionSource;
  readonly policy: string;
  readonly is_success: number;
  readonly course: string;
  readonly count: number;
}

export function sessionsOf(row: CountRow): CountedSessions {
  return {
    day: row.day,
    domain: row.domain,
    ...(row.record === null ? {} : { record: row.record }),
    source: row.source,
    policy: JSON.parse(row.policy) as AppliedPolicy,
    isSuccess: row.is_success === 1,
    failures: JSON.parse(row.course) as readonly SessionFailure[],
    count: row.count,
  };
}

/** Members in one order, whoever made the object, so that the same policy is the same text. */
export function policyText(policy: AppliedPolicy): string {
  const { policyType, policyString, policyDomain, mxHost } = policy;
  return JSON.stringify({ policyType, policyString, policyDomain, mxHost });
}

/** The failures of a session, likewise. */
export function courseText(failures: readonly SessionFailure[]): string {
  return JSON.stringify(
    failures.map((failure) => ({
      resultType: failure.resultType,
      sendingMtaIp: failure.sendingMtaIp,
      receivingMxHostname: failure.receivingMxHostname,
      receivingMxHelo: failure.receivingMxHelo,
      receivingIp: failure.receivingIp,
      additionalInformation: failure.additionalInformation,
      failureReasonCode: failure.failureReasonCode,
    })),
  );
}
