import type { Issue, TlsReport } from '@sekisho/spec';
import type { AlertStore } from '../../alert/index.ts';
import type {
  ConflictingCopy,
  DayTotals,
  DomainScope,
  DomainTotals,
  FailureGroup,
  KeptRefusal,
  MxTotals,
  PolicyTotals,
  ReportChannel,
  ReportScope,
  ReportTrust,
  ReporterDays,
  ReporterTotals,
  ResultTotals,
  StoredFailure,
  StoredReport,
  WholeReport,
} from './answers.ts';

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
  getRefusedBytes(id: string): Promise<Uint8Array | undefined>;
  /** Also those that are not kept any more, of the last 30 days. */
  countRefused(sinceMs: number): Promise<number>;
}

/** The whole store. */
export interface IntakeStore extends IntakeWriter, IntakeReader, AlertStore {
  /** Drops what has been kept long enough, in steps between which other calls are answered. */
  sweep(nowMs: number): Promise<void>;
  /** Waits for what is being put. */
  close(): Promise<void>;
}
