import type { Domain, Issue, TlsReport } from '@sekisho/spec';
import type { AlertStore } from '../../alert/index.ts';
import type {
  ConflictingCopy,
  DayTotals,
  DomainScope,
  DomainTotals,
  FailureGroup,
  GateEvidence,
  KeptRefusal,
  MxTotals,
  PolicyTotals,
  ReporterDays,
  ReporterTotals,
  ResultTotals,
  StoredFailure,
  StoredReport,
  WholeReport,
} from './answers.ts';

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

/** A report as it goes into the store. */
export interface ArrivedReport {
  readonly report: TlsReport;
  readonly issues: readonly Issue[];
  /** The JSON as it came, decompressed. */
  readonly raw: Uint8Array;
  readonly receivedAtMs: number;
  readonly channel: ReportChannel;
  readonly trust: ReportTrust;
  /** Domain of the reporter: of `contact-info`, else of the message's `TLS-Report-Submitter` or `From`; lower case. */
  readonly submitter: string;
}

/** `reportId` is the store's own name of the report, which `getReport` takes: reporters use theirs again. */
export type PutOutcome =
  | { readonly kind: 'stored'; readonly reportId: string }
  /**
   * The same report again; `isUpgrade` when this copy is verified and the kept one was not, which it then becomes.
   * `isConflicting` when it says something else than the one that counts, and was kept beside it to be looked at.
   */
  | {
      readonly kind: 'duplicate';
      readonly reportId: string;
      readonly isUpgrade: boolean;
      readonly isConflicting?: true;
    };

/** Something that claims to be a report and cannot be used. */
export interface RefusedArrival {
  readonly receivedAtMs: number;
  readonly channel: ReportChannel;
  readonly problems: readonly string[];
  /** Cut to 64 KiB. */
  readonly bytes: Uint8Array;
}

/** The part of the store that reports enter by. */
export interface IntakeWriter {
  /** One transaction: when it resolves, it has survived a kill. */
  putReport(arrived: ArrivedReport): Promise<PutOutcome>;
  /** Keeps the latest 500. */
  putRefused(refused: RefusedArrival): Promise<void>;
}

/** Which reports a question is about. */
export interface ReportScope {
  /** A day of UTC, `YYYY-MM-DD`; both days are meant with. */
  readonly firstDay: string;
  readonly lastDay: string;
  readonly domain?: Domain;
  /** Default: verified ones alone. */
  readonly trust?: 'verified' | 'all';
}

/** What is asked of the store about the reports in it. Days are UTC; a report belongs to the day that it starts on. */
export interface IntakeReader {
  /** Domains with the most failed sessions first; at most 10,000. */
  listDomainTotals(scope: ReportScope): Promise<readonly DomainTotals[]>;
  /** Reporters with the most sessions first; at most 10,000. */
  listReporterTotals(scope: ReportScope): Promise<readonly ReporterTotals[]>;
  /** The most frequent first; at most 10,000. */
  listResultTotals(scope: ReportScope): Promise<readonly ResultTotals[]>;
  /** The most frequent first; at most 10,000. */
  listMxTotals(scope: ReportScope): Promise<readonly MxTotals[]>;
  /** Days that have a report, in their order. */
  listDayTotals(scope: ReportScope): Promise<readonly DayTotals[]>;
  /** Sessions by the policy that was applied, each counted under every policy that it was reported under. */
  listPolicyTotals(scope: ReportScope): Promise<readonly PolicyTotals[]>;
  /** Failures of a domain that are alike, the most frequent first; at most 1,000. */
  listFailureGroups(scope: DomainScope): Promise<readonly FailureGroup[]>;
  /** Failures as they were reported, the latest day first. `limit` 1 to 10,000. */
  listFailures(scope: ReportScope, limit: number): Promise<readonly StoredFailure[]>;
  /** Who reports, and on which days; by name, at most 1,000. */
  listReporterDays(scope: ReportScope): Promise<readonly ReporterDays[]>;
  /** The latest day first, and within a day the latest arrival. `limit` 1 to 10,000. */
  listReports(scope: ReportScope, limit: number): Promise<readonly StoredReport[]>;
  getReport(reportId: string): Promise<WholeReport | undefined>;
  /** Copies that say something else than the one that counts, the latest first. `limit` 1 to 10,000. */
  listConflicts(limit: number): Promise<readonly ConflictingCopy[]>;
  /** The latest first. `limit` 1 to 500. */
  listRefused(limit: number): Promise<readonly KeptRefusal[]>;
  /** Also those that are not kept any more, of the last 30 days. */
  countRefused(sinceMs: number): Promise<number>;
  /** Failed sessions of verified reports that `enforce` would turn into mail not delivered (RFC 8461 §5). */
  summariseForGate(domain: string, sinceMs: number): Promise<GateEvidence>;
}

/** The whole store. */
export interface IntakeStore extends IntakeWriter, IntakeReader, AlertStore {
  /** Drops what has been kept long enough, in steps between which other calls are answered. */
  sweep(nowMs: number): Promise<void>;
  /** Waits for what is being put. */
  close(): Promise<void>;
}
