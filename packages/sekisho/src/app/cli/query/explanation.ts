import type { FetchDecision, Issue, NextHop, PolicyDecision, StsMode } from '@sekisho/spec';
import type { AnswerOutcome } from '../../../apply/index.ts';
import type { FetchTrace } from '../../../io/https/index.ts';

/** What was typed, and what a sender takes it for (RFC 8461 §3.4). */
export interface NextHopStep {
  readonly step: 'next-hop';
  readonly input: string;
  readonly kind: NextHop['kind'];
  /** In A-labels. */
  readonly policyDomain?: string;
  readonly port?: number;
  /** Why it has no policy, where that is so. */
  readonly issues: readonly Issue[];
  /** Smart hosts are looked up only if `postfix.smartHosts` is set. */
  readonly isIgnored: boolean;
}

/** How the DNS answered, be it with nothing. */
export type DnsOutcome =
  | {
      readonly kind: 'answer';
      readonly rcode: string;
      readonly authenticated: boolean;
      readonly cnames: readonly string[];
      readonly ttlSeconds?: number;
      readonly server: string;
    }
  | { readonly kind: 'failure'; readonly code: string; readonly message: string };

/** The TXT records and which of them counts (RFC 8461 §3.1). */
export interface RecordStep {
  readonly step: 'record';
  readonly name: string;
  readonly dns: DnsOutcome;
  /** One character an octet. */
  readonly texts: readonly string[];
  readonly selection: 'record' | 'none' | 'multiple' | 'invalid' | 'unavailable';
  /** Which of the texts was selected; absent unless exactly one can be. */
  readonly selectedText?: string;
  readonly id?: string;
  readonly issues: readonly Issue[];
  readonly durationMs: number;
}

/** What the store holds, and what its id says about the record (RFC 8461 §3.3). */
export interface KeptStep {
  readonly step: 'kept';
  readonly storeFile: string;
  /** `missing`: the daemon never ran here. `unreadable`: for this user, or at all. */
  readonly store: 'open' | 'missing' | 'unreadable';
  /** Why it is unreadable. */
  readonly problem?: string;
  readonly policy?: {
    readonly id: string;
    readonly mode?: StsMode;
    readonly fetchedAt: string;
    readonly expiresAt: string;
    readonly refreshAt: string;
    readonly isExpired: boolean;
  };
  readonly checkedAt?: string;
  readonly usedAt?: string;
  readonly failure?: {
    readonly id: string;
    readonly at: string;
    readonly code: string;
    readonly count: number;
  };
  /** Absent where nothing is kept or no record was found. */
  readonly idIsUnchanged?: boolean;
  /** What the daemon would do now; `query` fetches in any case where there is something to fetch. */
  readonly daemon?: FetchDecision;
}

/** The HTTPS fetch (RFC 8461 §3.3). */
export type FetchStep = {
  readonly step: 'fetch';
  readonly url: string;
} & (
  | { readonly outcome: 'not-attempted'; readonly because: string }
  | { readonly outcome: 'body'; readonly sizeBytes: number; readonly trace: FetchTrace }
  | {
      readonly outcome: 'failure';
      readonly code: string;
      readonly resultType: string;
      readonly message: string;
      readonly reason?: string;
      readonly trace: FetchTrace;
    }
);

/** One line of a policy with what is to be said about it. */
export interface PolicyLine {
  readonly line: number;
  readonly text: string;
  readonly issues: readonly Issue[];
}

/** The text of the policy (RFC 8461 §3.2). */
export interface PolicyStep {
  readonly step: 'policy';
  readonly from: 'fetch' | 'kept';
  readonly lines: readonly PolicyLine[];
  /** About no line in particular. */
  readonly issues: readonly Issue[];
  readonly isValid: boolean;
  readonly mode?: StsMode;
  readonly mx?: readonly string[];
  readonly maxAgeSeconds?: number;
}

/** One MX host against every pattern (RFC 8461 §4.1). */
export interface MxHost {
  readonly preference: number;
  readonly exchange: string;
  /** The patterns that allow it. */
  readonly matches: readonly string[];
  /** What a sender does with it before any TLS is spoken. */
  readonly consequence: 'try' | 'skip' | 'report' | 'no-demand';
}

/** The MX hosts (RFC 8461 §4.1). */
export interface MxStep {
  readonly step: 'mx';
  /** Absent for a host in brackets, which has no MX lookup. */
  readonly dns?: DnsOutcome;
  /**
   * `implicit`: no MX, the domain itself is the host (RFC 5321 §5.1). `null`: it takes no mail (RFC 7505).
   * `direct`: a smart host in brackets.
   */
  readonly kind: 'records' | 'implicit' | 'null' | 'unavailable' | 'direct';
  readonly mode?: StsMode;
  readonly patterns: readonly string[];
  readonly hosts: readonly MxHost[];
}

/** What is in force (RFC 8461 §5). */
export interface DecisionStep {
  readonly step: 'decision';
  readonly kind: PolicyDecision['kind'] | 'not-applicable';
  readonly mode?: StsMode;
  readonly id?: string;
  readonly from?: 'fetch' | 'cache';
  readonly because?: string;
  /** What a TLS report calls it (RFC 8460 §4.3). */
  readonly resultType?: string;
  readonly expiresAt?: string;
  /** The decision in one sentence, with its clause. */
  readonly sentence: string;
}

/** The answers to Postfix. */
export interface PostfixStep {
  readonly step: 'postfix';
  /** The version whose attributes the map `sts` keeps to. */
  readonly version: string;
  /** Whether DANE takes precedence (RFC 8461 §2); absent where the daemon would not ask. */
  readonly isDaneProtected?: boolean;
  readonly answers: readonly {
    readonly map: string;
    readonly line: string;
    readonly outcome: AnswerOutcome;
  }[];
}

/** One step of the way from a name to an answer. */
export type Step =
  | NextHopStep
  | RecordStep
  | KeptStep
  | FetchStep
  | PolicyStep
  | MxStep
  | DecisionStep
  | PostfixStep;

/** Takes each step as soon as it is known. */
export type OnStep = (step: Step) => void;
