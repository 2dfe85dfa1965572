import type { DiscoveryFailure } from '@sekisho/spec';
import type { DnsFailureCode } from '../io/dns/index.ts';
import type { FetchFailureCode } from '../io/https/index.ts';

/** How a fetch ended: `ok`, what broke, or a body that is no policy. A closed set, fit for a metric label. */
export type FetchCode = 'ok' | 'policy-invalid' | FetchFailureCode;

/** What happens while policies are kept, for whoever counts. Carries no remote names. */
export type DiscoverEvent =
  | { readonly kind: 'fetch'; readonly code: FetchCode; readonly durationMs: number }
  | { readonly kind: 'record-lookup'; readonly outcome: 'answer' | DnsFailureCode }
  /** `memory`: no I/O; `store`: read back; `network`: discovered. */
  | { readonly kind: 'served'; readonly from: 'memory' | 'store' | 'network' }
  /** A fetch failed, or the record could not be used, while a cached policy is in force. */
  | { readonly kind: 'refresh-failed'; readonly code: FetchCode }
  | { readonly kind: 'check-failed'; readonly because: DiscoveryFailure['because'] }
  | { readonly kind: 'store-failed' };

export type Observe = (event: DiscoverEvent) => void;
