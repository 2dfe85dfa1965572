import { UsageError } from '../usage-error.ts';

/** Days of UTC, `YYYY-MM-DD`; both are meant with. */
export interface Span {
  readonly firstDay: string;
  readonly lastDay: string;
}

const DAY_MS = 86_400_000;
/** Sums of days are not kept longer. */
const MOST_DAYS = 4000;

/** A number of days as it was typed. Throws {@link UsageError}. */
export function readDays(text: string): number {
  const days = /^\d{1,4}$/u.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= MOST_DAYS) return days;
  throw new UsageError(
    `--days: given is ${JSON.stringify(text)}; allowed is a number from 1 to ${String(MOST_DAYS)}`,
  );
}

/** A day as it was typed. Throws {@link UsageError}. */
export function readLastDay(text: string): string {
  const atMs = Date.parse(`${text}T00:00:00Z`);
  const isDay = !Number.isNaN(atMs) && new Date(atMs).toISOString().slice(0, 10) === text;
  if (isDay) return text;
  throw new UsageError(
    `--until: given is ${JSON.stringify(text)}; allowed is a day such as 2026-11-23`,
  );
}

/** So many days, the last of them with. */
export function spanOf(days: number, lastDay: string): Span {
  const firstMs = Date.parse(lastDay) - (days - 1) * DAY_MS;
  return { firstDay: new Date(firstMs).toISOString().slice(0, 10), lastDay };
}

/** The day of UTC that a moment is in, or one so many days before. */
export function dayText(nowMs: number, daysAgo = 0): string {
  return new Date(nowMs - daysAgo * DAY_MS).toISOString().slice(0, 10);
}
