import type { Domain, PolicyDecision, StsPolicy } from '@sekisho/spec';
import type { DnsFailureCode } from '../io/dns/index.ts';

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
export interface Held {
  readonly answer: PolicyAnswer;
  readonly validUntilMs: number;
}
