import type { Domain, FailureDetails, Issue, ReportedPolicy } from '@sekisho/spec';

/** The door a report came in by. */
export type ReportChannel = 'lmtp' | 'pipe' | 'maildir' | 'mbox' | 'imap' | 'post' | 'file';

/** Whether we know who wrote a report. */
export type ReportTrust =
  /** An aligned DKIM signature over the whole message passed (RFC 8460 §3). */
  | {
      readonly kind: 'verified';
      readonly signedBy: string;
      readonly selector: string;
      /** The `s=` of its key, `*` where it has none. */
      readonly keyService: string;
    }
  /** A message without such a signature. `why` is escaped. */
  | { readonly kind: 'unverified'; readonly why: string }
  /** It came by POST or as a file, which nothing authenticates (RFC 8460 §7). */
  | { readonly kind: 'unauthenticated' };

/** Which reports a question is about. */
export interface ReportScope {
  /** A day of UTC, `YYYY-MM-DD`; both days are meant with. */
  readonly firstDay: string;
  readonly lastDay: string;
  readonly domain?: Domain;
  /** Default: verified ones alone. */
  readonly trust?: 'verified' | 'all';
}

/** A question about one domain. */
export type DomainScope = ReportScope & { readonly domain: Domain };

/** Reports, and their sessions, each counted once (RFC 8460 §4). */
export interface SessionTotals {
  readonly reports: number;
  readonly successful: number;
  readonly failed: number;
}

export interface DomainTotals extends SessionTotals {
  /** Empty for reports that name none. */
  readonly domain: string;
  /** Days with a report. */
  readonly days: number;
  /** The same of as many days before the first one. */
  readonly before: SessionTotals;
}

export interface ReporterTotals extends SessionTotals {
  readonly submitter: string;
  readonly days: number;
  readonly firstDay: string;
  readonly lastDay: string;
}

export interface DayTotals extends SessionTotals {
  readonly day: string;
}

/** What a session was held against. */
export interface PolicyKind {
  /** As reported: `sts`, `tlsa`, `no-policy-found` or something unknown. */
  readonly policyType: string;
  /** Of an MTA-STS policy: `enforce`, `testing`, `none`; absent where its text does not tell. */
  readonly mode?: string;
}

export interface PolicyTotals extends PolicyKind {
  readonly domain: string;
  readonly successful: number;
  readonly failed: number;
}

export interface ResultTotals extends PolicyKind {
  readonly domain: string;
  readonly resultType: string;
  readonly sessions: number;
}

/** Failures at one address of an MX host. */
export interface MxTotals {
  /** In lower case. */
  readonly mxHost?: string;
  readonly address?: string;
  readonly resultType: string;
  readonly sessions: number;
  readonly firstDay: string;
  readonly lastDay: string;
}

/** Failures of one kind, at one address, for one reason, whoever reported them. */
export interface FailureGroup extends PolicyKind, MxTotals {
  readonly domain: string;
  readonly reasonCode?: string;
  /** Whether the MX host matches no `mx` pattern of the reported policy (RFC 8461 §4.1). */
  readonly isOutsidePolicy: boolean;
  /** By name; at most 20. */
  readonly reporters: readonly string[];
}

export interface StoredFailure extends PolicyKind {
  readonly reportId: string;
  readonly day: string;
  readonly domain: string;
  readonly submitter: string;
  readonly isVerified: boolean;
  readonly isOutsidePolicy: boolean;
  readonly details: FailureDetails;
}

export interface ReporterDays {
  readonly submitter: string;
  /** Days that it reported about, in their order. */
  readonly days: readonly string[];
  readonly lastReceivedAtMs: number;
}

/** The head of a report. */
export interface StoredReport extends SessionTotals {
  readonly id: string;
  /** The reporter's own `report-id`. */
  readonly givenId: string;
  readonly day: string;
  readonly startMs: number;
  /** The first moment not covered any more. */
  readonly endMs: number;
  readonly submitter: string;
  readonly organizationName?: string;
  readonly contactInfo?: string;
  readonly receivedAtMs: number;
  readonly channel: ReportChannel;
  readonly trust: ReportTrust;
  /** How many copies say something else. */
  readonly conflicts: number;
  /** How many repairs and remarks there were in reading. */
  readonly issues: number;
}

/** A report with all that is still kept of it. */
export interface WholeReport extends Omit<StoredReport, 'issues'> {
  readonly issues: readonly Issue[];
  /** Empty once the details have been kept long enough. */
  readonly policies: readonly ReportedPolicy[];
  /** The JSON as it came; absent once it has been kept long enough. */
  readonly raw?: Uint8Array;
}

export interface ConflictingCopy {
  /** The report that counts. */
  readonly reportId: string;
  readonly submitter: string;
  readonly day: string;
  readonly receivedAtMs: number;
  readonly channel: ReportChannel;
  readonly trust: ReportTrust;
  readonly raw: Uint8Array;
}

export interface KeptRefusal {
  readonly id: string;
  readonly receivedAtMs: number;
  readonly channel: ReportChannel;
  readonly problems: readonly string[];
  /** Of what is kept of it, which `getRefusedBytes` gives. */
  readonly sizeBytes: number;
}
