const DAY_MS = 86_400_000;

/** What is kept, how long and how much; the oldest go first. */
export interface PublishStoreLimits {
  /** Default 90 days. */
  readonly fetchesKeptMs: number;
  /** Rows of one domain: one a sender's address, user agent, id and day. Default 10,000. */
  readonly fetchesPerDomain: number;
  /** Default 60 days. */
  readonly probesKeptMs: number;
  /** Default 10,000. */
  readonly probesPerDomain: number;
  /** Default 5 years. */
  readonly eventsKeptMs: number;
  /** Default 1,000. */
  readonly eventsPerDomain: number;
}

export const PUBLISH_STORE_LIMITS: PublishStoreLimits = {
  fetchesKeptMs: 90 * DAY_MS,
  fetchesPerDomain: 10_000,
  probesKeptMs: 60 * DAY_MS,
  probesPerDomain: 10_000,
  eventsKeptMs: 5 * 366 * DAY_MS,
  eventsPerDomain: 1_000,
};

const MAX_ROWS = 10_000;

/** Number of rows that a list may have: as asked for, 1 to 10,000. */
export function listRows(limit: number): number {
  return Math.min(Math.max(Math.trunc(limit), 1), MAX_ROWS);
}
