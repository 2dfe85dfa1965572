import type { Domain } from '@sekisho/spec';
import type { DomainState, StoredPolicy } from './store/index.ts';
import type { PolicyAnswer } from './answer.ts';

/** What memory holds of one domain. The policy's text is kept; its parsed form is made when it is asked for. */
export interface Entry {
  readonly policyDomain: Domain;
  policy: StoredPolicy | undefined;
  failure: DomainState['failure'];
  /** When an MTA last asked; unset if none ever did. */
  usedAtMs: number | undefined;
  /** When the id is to be compared again; moved on by every attempt, so that a dead DNS is not hammered. */
  recheckAtMs: number;
  /** What was last said to be wrong with the record, so that it is said once. */
  trouble: string | undefined;
  /** The answer while there is no policy. */
  absent: Exclude<PolicyAnswer, { kind: 'policy' }> | undefined;
  absentUntilMs: number;
}

export function createEntry(policyDomain: Domain): Entry {
  return {
    policyDomain,
    policy: undefined,
    failure: undefined,
    usedAtMs: undefined,
    recheckAtMs: 0,
    trouble: undefined,
    absent: undefined,
    absentUntilMs: 0,
  };
}

/** The policy in force, if the entry has one that has not expired (RFC 8461 §3.2). */
export function policyInForce(entry: Entry, nowMs: number): StoredPolicy | undefined {
  return entry.policy !== undefined && nowMs < entry.policy.expiresAtMs ? entry.policy : undefined;
}
