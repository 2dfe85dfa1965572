import type { Domain } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { ReportStore, UtcDay } from '../store/index.ts';
import type { DayReportOptions, LookedUpRecord } from '../day/index.ts';
import type { ReportCarrier } from '../deliver/carrier.ts';

export interface ReporterSettings extends DayReportOptions {
  /** Reports are made and kept, none is sent. Default false. */
  readonly dryRun?: boolean;
  /** How long after midnight a day is over, so that what was collected before it is stored. Default 300,000. */
  readonly graceMs?: number;
  /** First attempts spread over so long, that receivers are not met by all at once (RFC 8460 §4.1). Default 14,400,000. */
  readonly spreadMs?: number;
  /** Reports under way at once. Default 10. */
  readonly concurrency?: number;
  /** The same to one destination host. Default 1. */
  readonly perHost?: number;
  /** Between the end of one attempt and the next to the same destination host. Default 1,000. */
  readonly hostGapMs?: number;
  /** Records looked up at once. Default 16. */
  readonly lookups?: number;
  /** A record that the DNS does not tell is asked for again so long, then the one seen last is used. Default 14,400,000. */
  readonly lookupRetryMs?: number;
  /** Closed days are kept for so many. Default 30. */
  readonly keptDays?: number;
  /** How often the store is asked for what is due. Default 30,000. */
  readonly pollMs?: number;
}

export interface ReporterOptions {
  readonly store: ReportStore;
  readonly carriers: { readonly mailto: ReportCarrier; readonly https: ReportCarrier };
  /** Looks at `_smtp._tls` of a domain (RFC 8460 §3); a rejection is taken for `unreachable`. */
  readonly lookupRecord: (domain: Domain) => Promise<LookedUpRecord>;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: ReporterSettings;
  /** From 0 to 1. Default `Math.random`. */
  readonly random?: () => number;
}

/** What an administrator wants sent without the spread: a report, or all of a day that is over. */
export type SendOrder = { readonly reportId: string } | { readonly day: UtcDay };

export type OrderResult =
  /** So many deliveries have their turn now. */
  | { readonly kind: 'ordered'; readonly deliveries: number }
  | { readonly kind: 'not-found' }
  /** No delivery is in a state that the order is for. */
  | { readonly kind: 'nothing-to-do' }
  /** A running day has no report yet. */
  | { readonly kind: 'day-running' }
  | { readonly kind: 'dry-run' };

/** For metrics. */
export interface ReporterCounts {
  /** Since start. */
  readonly made: number;
  readonly skipped: number;
  readonly sent: number;
  readonly failedAttempts: number;
  readonly givenUp: number;
  /** Deliveries at present. */
  readonly waiting: number;
  readonly held: number;
  readonly uncertain: number;
  /** When the delivery that waits longest was or will be due. */
  readonly oldestDueAtMs?: number;
}

/**
 * Makes the reports of each day that is over and sends them. One runs for a store at a time, and every order goes to that
 * one: it alone knows which deliveries are under way.
 */
export interface Reporter {
  /** Settles what a kill interrupted, and begins. @throws {IoError} of the store. */
  start(): Promise<void>;
  /** Begins no more, and waits for what can no longer be called back. */
  close(): Promise<void>;
  /** Gives another 24 hours to what was given up or is uncertain; without `place` to all of it that is needed. */
  retry(reportId: string, place?: number): Promise<OrderResult>;
  sendNow(order: SendOrder): Promise<OrderResult>;
  counts(): Promise<ReporterCounts>;
}

/** Settings with everything filled in that has a default, and what the parts share. */
export interface ReporterContext extends Required<Omit<ReporterOptions, 'settings'>> {
  readonly settings: Required<Omit<ReporterSettings, keyof DayReportOptions>> & DayReportOptions;
  readonly tally: Tally;
}

/** What has happened since start. */
export interface Tally {
  made: number;
  skipped: number;
  sent: number;
  failedAttempts: number;
  givenUp: number;
}
