import { type Domain, type PolicyDecision, parseStsPolicy, type StsPolicy } from '@sekisho/spec';
import type { DnsFailureCode } from '../io/dns/index.ts';
import type { Round } from './round.ts';
import type { DomainState, StoredPolicy } from './store/index.ts';

/** Why no policy applies, although everything answered (RFC 8461 §3.1, §3.3). */
export type NoPolicyReason = Extract<PolicyDecision, { kind: 'no-policy' }>['because'];

/** What is known about a Policy Domain at this moment. */
export type PolicyAnswer =
  | {
      readonly kind: 'policy';
      readonly policyDomain: Domain;
      readonly policy: StsPolicy;
      readonly id: string;
      /** The text as published, for reports and for the MTA's `policy_string`. */
      readonly body: string;
      readonly fetchedAtMs: number;
      readonly expiresAtMs: number;
    }
  | {
      readonly kind: 'no-policy';
      readonly policyDomain: Domain;
      readonly because: NoPolicyReason;
      /** When the domain is looked up again at the earliest. */
      readonly untilMs: number;
    }
  | {
      readonly kind: 'uncertain';
      readonly policyDomain: Domain;
      /** `deadline`: the lookup goes on, but the MTA must not wait longer. */
      readonly because: DnsFailureCode | 'deadline';
      /** Since when, without a break, nothing could be learnt: what bounds a `TEMP` (RFC 8461 §3.3). */
      readonly sinceMs: number;
    };

/** An answer, and how long it may be repeated without asking again unless it is revoked before. */
export interface CachedAnswer {
  readonly answer: PolicyAnswer;
  readonly validUntilMs: number;
}

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

/** The answer that an entry gives at a time, or undefined if the domain has to be discovered. */
export function cachedAnswer(entry: Entry, nowMs: number): CachedAnswer | undefined {
  const policy = policyInForce(entry, nowMs);
  if (policy === undefined) return nowMs < entry.absentUntilMs ? absenceOf(entry) : undefined;
  const parsed = parseStsPolicy(policy.body);
  if (!parsed.ok) return undefined;
  const { policyDomain, id, body, fetchedAtMs, expiresAtMs } = policy;
  const known = { policyDomain, policy: parsed.value, id, body, fetchedAtMs, expiresAtMs };
  const validUntilMs = Math.min(expiresAtMs, entry.recheckAtMs);
  return { answer: { kind: 'policy', ...known }, validUntilMs };
}

/** What an entry says after a round was recorded in it, however short it is to be believed. */
export function answerAfter(entry: Entry, round: Round, nowMs: number): CachedAnswer | undefined {
  return answerOnce(round) ?? cachedAnswer(entry, nowMs) ?? absenceOf(entry);
}

/** Nothing could be learnt. */
export function uncertain(
  policyDomain: Domain,
  because: Extract<PolicyAnswer, { kind: 'uncertain' }>['because'],
  sinceMs: number,
): CachedAnswer {
  return { answer: { kind: 'uncertain', policyDomain, because, sinceMs }, validUntilMs: 0 };
}

const absenceOf = ({ absent, absentUntilMs }: Entry): CachedAnswer | undefined =>
  absent === undefined ? undefined : { answer: absent, validUntilMs: absentUntilMs };

/** A policy that was fetched just now applies to this delivery, even with a `max_age` of 0 (RFC 8461 §3.2). */
function answerOnce({ decision, fetch, policyDomain }: Round): CachedAnswer | undefined {
  if (decision.kind !== 'policy' || decision.from !== 'fetch' || fetch?.kind !== 'body')
    return undefined;
  const { id, policy, fetchedAtMs, expiresAtMs } = decision;
  if (policy.maxAgeSeconds > 0) return undefined;
  const { body } = fetch;
  const known = { policyDomain, policy, id, body, fetchedAtMs, expiresAtMs };
  return { answer: { kind: 'policy', ...known }, validUntilMs: 0 };
}
