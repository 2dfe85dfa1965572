import type { UtcDay } from '../store/index.ts';

const DAY_MS = 86_400_000;

/** The day of UTC in which a moment lies; a report covers one (RFC 8460 §4.1). */
export function utcDayOf(atMs: number): UtcDay {
  return new Date(Math.floor(atMs / DAY_MS) * DAY_MS).toISOString().slice(0, 10);
}
