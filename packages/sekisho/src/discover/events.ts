import type { DiscoveryFailure, Domain, PolicyFailureType } from '@sekisho/spec';
import type { DnsFailureCode } from '../io/dns/index.ts';
import type { FetchFailureCode } from '../io/https/index.ts';

/** How a fetch ended: `ok`, what broke, or a body that is no policy. A closed set, fit for a metric label. */
export type FetchCode = 'ok' | 'policy-invalid' | FetchFailureCode;

/** A policy that is announced could not be had from its host, in the way that a TLS report tells it (RFC 8460 §4.3.2.2). */
export interface MissedPolicy {
  readonly kind: 'policy-missed';
  readonly policyDomain: Domain;
  readonly atMs: number;
  readonly resultType: PolicyFailureType;
  readonly code: FetchCode;
  /** The text of the policy that stays in force, else the text that was fetched and is none. */
  readonly body?: string;
}

/** What happens while policies are kept, for whoever counts. Only a missed policy carries remote names. */
export type DiscoverEvent =
  | { readonly kind: 'fetch'; readonly code: FetchCode; readonly durationMs: number }
  | { readonly kind: 'record-lookup'; readonly outcome: 'answer' | DnsFailureCode }
  /** `memory`: no I/O; `store`: read back; `network`: discovered. */
  | { readonly kind: 'served'; readonly from: 'memory' | 'store' | 'network' }
  /** A fetch failed, or the record could not be used, while a cached policy is in force. */
  | { readonly kind: 'refresh-failed'; readonly code: FetchCode }
  | { readonly kind: 'check-failed'; readonly because: DiscoveryFailure['because'] }
  /** Not after a fetch that an operator asked for, nor where RFC 8461 §6 wants no report. */
  | MissedPolicy
  | { readonly kind: 'store-failed' };

export type Observe = (event: DiscoverEvent) => void;
