/** How long things are kept, in days since they arrived. */
export interface IntakeStoreLimits {
  /** The JSON as it came. Default 90. */
  readonly rawDays: number;
  /** What failed in each session. Default 400. */
  readonly detailDays: number;
  /** Sums of a day, and the heads of reports, by which a copy is known. Default 1,827: five years. */
  readonly totalDays: number;
}

export const INTAKE_STORE_LIMITS: IntakeStoreLimits = {
  rawDays: 90,
  detailDays: 400,
  totalDays: 1_827,
};

/** Refused arrivals that are kept. */
export const REFUSED_KEPT = 500;
/** Bytes of one of them. */
export const REFUSED_BYTES = 65_536;
/** Copies of one report that say something else. */
export const CONFLICTS_PER_REPORT = 5;
/** Entries of one report; more are left out of it. */
export const ENTRIES_PER_REPORT = 1_000;
/** Failures of one report that are kept apart; those beyond are counted by their result type. */
export const FAILURES_PER_REPORT = 1_000;
/** No reporter has that many sessions a day with one domain; larger counts would make the sums overflow. */
export const LARGEST_COUNT = 1_000_000_000;
/** Characters of a text of a reporter. */
export const LONGEST_TEXT = 512;
/** Characters of what stands for a policy; more than a policy may have (RFC 8461 §3.2). */
export const LONGEST_POLICY = 65_536;

const MAX_ROWS = 10_000;

/** Number of rows that a list may have: as asked for, 1 to `most`, by default 10,000. */
export function listRows(limit: number, most = MAX_ROWS): number {
  return Math.min(Math.max(Math.trunc(limit), 1), most);
}

/** Whether a text that somebody gave as a row's name can be one. */
export function isRowId(text: string): boolean {
  return /^\d{1,15}$/.test(text);
}
