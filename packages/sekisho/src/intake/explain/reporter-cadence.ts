import type { ReporterDays } from '../store/index.ts';

/** A reporter that used to report and does not any more. */
export interface SilentReporter {
  readonly submitter: string;
  /** The last day that it reported about. */
  readonly lastDay: string;
  /** Whole days since, without a report. */
  readonly missedDays: number;
  /** Days that lie between two of its reports as a rule. */
  readonly usualDays: number;
}

const DAY_MS = 86_400_000;
/** Of fewer reports no habit can be told. */
const LEAST_REPORTS = 5;
/** A day's report comes in the course of the next one, and may be tried for 24 hours (RFC 8460 §5.5). */
const LEAST_MISSED_DAYS = 3;

/**
 * Reporters that are silent by their own cadence: for at least three days, and for twice as long as nine in ten of their
 * intervals were. Senders report only when they had sessions, so one that is heard of now and then is never called silent
 * for a quiet week.
 *
 * @param reporters over some weeks, such as 60 days, up to today.
 * @param today the day that has just begun, `YYYY-MM-DD`.
 */
export function findSilentReporters(
  reporters: readonly ReporterDays[],
  today: string,
): readonly SilentReporter[] {
  return reporters.flatMap(({ submitter, days }) => {
    const [lastDay] = days.slice(-1);
    if (lastDay === undefined || days.length < LEAST_REPORTS) return [];
    const usualDays = usualGap(days);
    const missedDays = daysBetween(lastDay, today) - 1;
    const isSilent = missedDays >= LEAST_MISSED_DAYS && missedDays > 2 * usualDays;
    return isSilent ? [{ submitter, lastDay, missedDays, usualDays }] : [];
  });
}

function usualGap(days: readonly string[]): number {
  const gaps = days
    .slice(1)
    .map((day, index) => daysBetween(days[index] ?? day, day))
    .sort((a, b) => a - b);
  return gaps[Math.ceil(gaps.length * 0.9) - 1] ?? 1;
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}
