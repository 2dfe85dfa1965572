import type { AppliedPolicy, Domain, SessionFailure } from '@sekisho/spec';

/** A day of UTC, `YYYY-MM-DD`. */
export type UtcDay = string;

/** How sessions became known; what comes from `log` lacks the policy, what comes from `discovery` was no session. */
export type SessionSource = 'datagram' | 'log' | 'discovery' | 'api';

/** Sessions of one day and of the same course. */
export interface CountedSessions {
  readonly day: UtcDay;
  /** The recipient domain, at whose `_smtp._tls` the record stands that asks for reports (RFC 8460 §3). */
  readonly domain: Domain;
  /** That record as it was seen with the session; undefined if it is still to be looked up. */
  readonly record?: string;
  readonly source: SessionSource;
  readonly policy: AppliedPolicy;
  /** Whether TLS as the policy demands it came about in the end. */
  readonly isSuccess: boolean;
  readonly failures: readonly SessionFailure[];
  /** At least 1. */
  readonly count: number;
}

/** Something that arrived and could not be used, kept to be looked at. */
export interface BadSample {
  readonly atMs: number;
  readonly source: SessionSource;
  /** A closed code in kebab-case. */
  readonly code: string;
  /** What arrived, cut to 4 KiB. */
  readonly bytes: Uint8Array;
}

/** How far a report has come at one of its destinations. */
export type DeliveryState =
  /** Not to be tried: an earlier destination has its turn, or the report was made in a dry run. */
  | 'held'
  /** To be tried at `nextAttemptAtMs`. */
  | 'waiting'
  /** Its last byte is about to be handed over; found so after a kill, it becomes `uncertain`. */
  | 'committing'
  | 'sent'
  /** Not needed, since an earlier destination took it. */
  | 'spared'
  /** Tried for as long as is allowed, or refused for good. */
  | 'given-up'
  /** It may have arrived: a kill fell between last byte and answer. Tried again only by order. */
  | 'uncertain';

/** One destination of one report. */
export interface Delivery {
  readonly reportId: string;
  /** Its place in the record, from 0. */
  readonly place: number;
  /** `mailto:` or `https:`, as the record has it. */
  readonly uri: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly nextAttemptAtMs: number;
  /** Begins the time within which it is tried again (RFC 8460 §5.5); undefined before the first attempt has ended. */
  readonly firstAttemptAtMs?: number;
  /** What the last attempt ended with, escaped; undefined before the first. */
  readonly lastProblem?: string;
  readonly endedAtMs?: number;
}

/** A report as it was made when its day closed; it never changes afterwards. */
export interface MadeReport {
  /** `left@right`, the same in the JSON and in the mail's subject. */
  readonly reportId: string;
  readonly day: UtcDay;
  readonly domain: Domain;
  /** The record whose destinations it goes to. */
  readonly record: string;
  /** The report as it is sent, not compressed. */
  readonly json: string;
  readonly successes: number;
  readonly failures: number;
  readonly madeAtMs: number;
}

/** What was collected of a closed or running day, for `sekisho report list`. */
export interface DaySummary {
  readonly day: UtcDay;
  readonly isClosed: boolean;
  readonly domains: number;
  readonly successes: number;
  readonly failures: number;
}

/** All samples of a source that ever came, kept or not. */
export interface SampleCount {
  readonly source: SessionSource;
  readonly count: number;
}

/** A report with its destinations, in the order of the record. */
export interface ReportWithDeliveries {
  readonly report: MadeReport;
  readonly deliveries: readonly Delivery[];
}

/** The same without the report's text, which few read. */
export interface ListedReport {
  readonly report: Omit<MadeReport, 'json'>;
  readonly deliveries: readonly Delivery[];
}

/** Why no report was made for a domain of a closed day. */
export interface SkippedReport {
  readonly day: UtcDay;
  readonly domain: Domain;
  readonly why: 'no-record' | 'record-invalid' | 'no-failures' | 'record-unreachable';
}

/**
 * What is collected to be reported, and how far each report has come. Every call is one transaction: when it resolves,
 * it has survived a kill.
 */
export interface ReportStore {
  /** Adds to what is kept of the same day, domain, record, source, policy and course. A day that is sealed or closed takes no more: those go to the next that is neither. */
  addSessions(sessions: readonly CountedSessions[]): Promise<void>;
  /** Keeps the latest 200 of each source, and counts all. */
  addSample(sample: BadSample): Promise<void>;
  /** The latest first. */
  listSamples(): Promise<readonly BadSample[]>;
  countSamples(): Promise<readonly SampleCount[]>;
  /** From now on the day takes no more sessions, so that what its reports say is all that was acknowledged for it. */
  sealDay(day: UtcDay): Promise<void>;
  /** Days that have sessions and are not closed, sealed or not, the oldest first. */
  listOpenDays(): Promise<readonly UtcDay[]>;
  /** Domains with sessions on a day, sorted; `after` pages on. Default limit 1000. */
  listDomains(day: UtcDay, after?: Domain, limit?: number): Promise<readonly Domain[]>;
  /** All that is kept of a domain's day; what was added to last comes last. */
  listSessions(day: UtcDay, domain: Domain): Promise<readonly CountedSessions[]>;
  /** Makes reports of a domain's day final, together with their destinations; a second call for the same domain and day changes nothing. */
  putReports(
    day: UtcDay,
    domain: Domain,
    reports: readonly ReportWithDeliveries[],
    skipped?: SkippedReport['why'],
  ): Promise<void>;
  /** Domains of the day for which neither a report nor a reason is kept, sorted; `after` pages on. Default limit 1000. */
  listUnreported(day: UtcDay, limit?: number, after?: Domain): Promise<readonly Domain[]>;
  closeDay(day: UtcDay): Promise<void>;
  /** Waiting deliveries whose time has come, the longest due first; `exceptHosts` are passed over (see `destinationHost`). */
  listDue(
    nowMs: number,
    limit: number,
    exceptHosts?: readonly string[],
  ): Promise<readonly Delivery[]>;
  /** When the next one is due; undefined if none waits. */
  nextDueAtMs(): Promise<number | undefined>;
  /** The destinations of a report, in the order of the record. */
  listDeliveries(reportId: string): Promise<readonly Delivery[]>;
  findReport(reportId: string): Promise<MadeReport | undefined>;
  /** The newest day first; of `states` one destination at least is in one of them. Default limit 1000. */
  listReports(query: {
    readonly day?: UtcDay;
    readonly domain?: Domain;
    readonly states?: readonly DeliveryState[];
    readonly limit?: number;
  }): Promise<readonly ListedReport[]>;
  listSkipped(day: UtcDay): Promise<readonly SkippedReport[]>;
  /** The newest first; default limit 1000. */
  listDays(limit?: number): Promise<readonly DaySummary[]>;
  /** Replaces one delivery, found by `reportId` and `place`. */
  putDelivery(delivery: Delivery): Promise<void>;
  /** The same for several, all or none. */
  putDeliveries(deliveries: readonly Delivery[]): Promise<void>;
  countDeliveries(): Promise<Readonly<Record<DeliveryState, number>>>;
  /**
   * At start: what a kill left in `committing` becomes `uncertain`, and a destination that was held for it gets its turn.
   * Returns how many became uncertain.
   */
  settleInterrupted(nowMs: number): Promise<number>;
  /** Forgets closed days, their reports and skips before a day. */
  forgetBefore(day: UtcDay): Promise<void>;
  close(): Promise<void>;
}
