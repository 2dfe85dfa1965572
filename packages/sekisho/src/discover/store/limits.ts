/** How many replaced texts are kept; the oldest go first. */
export interface HistoryLimits {
  /** Of one domain. Default 100. */
  readonly perDomain: number;
  /** Of all domains together, as of the last `sweep`. Default 250,000. */
  readonly total: number;
}

export const HISTORY_LIMITS: HistoryLimits = { perDomain: 100, total: 250_000 };

/** How long a failed fetch is remembered of a domain without a policy. */
export const FAILURE_KEPT_MS = 86_400_000;

/** Policies that one sweep moves. */
export const SWEEP_ROWS = 1_000;

const DEFAULT_ROWS = 1_000;
const MAX_ROWS = 10_000;

/** Number of rows that a page may have: 1,000 unless asked for otherwise, 1 to 10,000. */
export function pageRows(limit = DEFAULT_ROWS): number {
  return Math.min(Math.max(Math.trunc(limit), 1), MAX_ROWS);
}

/** A body may have 64 KiB (RFC 8461 §3.3), so 10,000 of them would not fit into the worker's memory. */
const MAX_PAGE_CHARACTERS = 4 * 1024 * 1024;

/** Takes rows until their texts are too large for one page; always at least one row. */
export function takePage<Row>(
  rows: Iterable<Row>,
  bodyLength: (row: Row) => number,
  maxCharacters = MAX_PAGE_CHARACTERS,
): Row[] {
  const page: Row[] = [];
  let characters = 0;
  for (const row of rows) {
    characters += bodyLength(row);
    if (page.length > 0 && characters > maxCharacters) {
      break;
    }
    page.push(row);
  }
  return page;
}
