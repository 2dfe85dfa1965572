import { RESULT_TYPES } from '@sekisho/spec';
import { findSilentReporters } from '../../intake/index.ts';
import type { Clock } from '../../io/clock/index.ts';
import type { IntakeReader } from '../../intake/store/index.ts';

/** What metrics tell of the reports that are kept. */
export interface Census {
  /** When a report last arrived, verified or not; 0 without any. */
  readonly lastReceivedAtMs: number;
  readonly reporters: number;
  readonly silentReporters: number;
  /** Failed sessions of verified reports about yesterday and today (UTC), by result type; `other` for unknown ones. */
  readonly failures: ReadonlyMap<string, number>;
  /** Sessions of verified reports about the same days, of domains that the settings name. */
  readonly domains: readonly {
    readonly domain: string;
    readonly successful: number;
    readonly failed: number;
  }[];
}

const DAY_MS = 86_400_000;
const HABIT_DAYS = 60;
/** Whoever asks more often gets the same numbers. */
const LIFE_MS = 15_000;

/** Counts when somebody asks. */
export function createCensus(
  store: IntakeReader,
  clock: Clock,
  domains: () => readonly string[],
): () => Promise<Census> {
  let last: { readonly atMs: number; readonly counting: Promise<Census> } | undefined;
  return () => {
    if (last === undefined || performance.now() - last.atMs > LIFE_MS) {
      const counting = count(store, clock.now(), domains());
      last = { atMs: performance.now(), counting };
      counting.catch(() => (last = undefined));
    }
    return last.counting;
  };
}

async function count(
  store: IntakeReader,
  nowMs: number,
  domains: readonly string[],
): Promise<Census> {
  const [today, yesterday, habitDay] = [0, 1, HABIT_DAYS].map((days) => dayText(nowMs, days));
  const recent = { firstDay: yesterday ?? '', lastDay: today ?? '' };
  const habit = { firstDay: habitDay ?? '', lastDay: today ?? '' };
  const reporters = await store.listReporterDays(habit);
  const all = await store.listReporterDays({ ...habit, trust: 'all' });
  const totals = await store.listDomainTotals(recent);
  return {
    lastReceivedAtMs: all.reduce((most, one) => Math.max(most, one.lastReceivedAtMs), 0),
    reporters: reporters.length,
    silentReporters: findSilentReporters(reporters, recent.lastDay).length,
    failures: sumFailures(await store.listResultTotals(recent)),
    domains: domains.map((domain) => {
      const found = totals.find((one) => one.domain === domain);
      return { domain, successful: found?.successful ?? 0, failed: found?.failed ?? 0 };
    }),
  };
}

/** Result types are text of others: only those of RFC 8460 §4.3 become labels. */
function sumFailures(
  totals: readonly { readonly resultType: string; readonly sessions: number }[],
): ReadonlyMap<string, number> {
  const known = new Set<string>(RESULT_TYPES);
  const sums = new Map<string, number>([...RESULT_TYPES, 'other'].map((name) => [name, 0]));
  for (const { resultType, sessions } of totals) {
    const name = known.has(resultType) ? resultType : 'other';
    sums.set(name, (sums.get(name) ?? 0) + sessions);
  }
  return sums;
}

function dayText(nowMs: number, daysAgo: number): string {
  return new Date(nowMs - daysAgo * DAY_MS).toISOString().slice(0, 10);
}
