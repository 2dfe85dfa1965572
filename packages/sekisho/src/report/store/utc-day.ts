import type { UtcDay } from './report-store.ts';

const DAY_MS = 86_400_000;

/** The day in which a moment lies. */
export function utcDayOf(atMs: number): UtcDay {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** Its first moment; the day ends 24 hours later. */
export function utcDayStartMs(day: UtcDay): number {
  return Date.parse(`${day}T00:00:00Z`);
}

export function nextUtcDay(day: UtcDay): UtcDay {
  return utcDayOf(utcDayStartMs(day) + DAY_MS);
}
