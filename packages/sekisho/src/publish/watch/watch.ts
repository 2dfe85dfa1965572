import type { Domain } from '@sekisho/spec';
import type { MxProbe } from '../../io/smtp/index.ts';
import type { WatchAlertCode } from './find-alerts.ts';

/** What a look at one domain found. */
export interface DomainLook {
  readonly atMs: number;
  /** Live MX hosts in order of preference; those last seen where the DNS did not tell. */
  readonly hosts: readonly string[];
  /** Why the MX hosts could not be looked up. Escaped. */
  readonly lookupProblem?: string;
  /** Of the hosts, those that no pattern of the announced policy allows; of the served one before any is announced. */
  readonly unmatched: readonly string[];
  readonly probes: readonly MxProbe[];
}

/** What metrics are made of. */
export type WatchObservation =
  | { readonly kind: 'probed'; readonly domain: Domain; readonly code: MxProbe['code'] }
  | { readonly kind: 'lookup-failed'; readonly domain: Domain }
  | { readonly kind: 'alert' | 'over'; readonly domain: Domain; readonly code: WatchAlertCode };

/** Keeps an eye on the MX hosts of every published domain. */
export interface Watch {
  /** Looks at everything that is due; resolves when all of it has been tried once. */
  tick(): Promise<void>;
  /** Looks at every MX host of a domain now; undefined for a domain that is not here. */
  probeNow(domain: Domain): Promise<DomainLook | undefined>;
  /** Ticks by the clock from now on. */
  start(): void;
  /** Gives up what is under way. */
  close(): Promise<void>;
}
