import type { BadSample, ReportStore, UtcDay } from '../store/index.ts';
import { utcDayOf } from './utc-day.ts';

/** Keeps some of what cannot be used, however much there is of it. */
export interface BadSamples {
  offer(sample: BadSample): void;
  /** Resolves when nothing is being written any more. */
  settle(): Promise<void>;
}

const MOST_A_DAY = 200;
const APART_MS = 1_000;
const MOST_BYTES = 4_096;

export function createBadSamples(
  store: Pick<ReportStore, 'addSample'>,
  onFailure: (cause: unknown) => void,
): BadSamples {
  let day: UtcDay = '';
  let kept = 0;
  let lastAtMs = Number.NEGATIVE_INFINITY;
  let writing = Promise.resolve();
  const isWanted = (atMs: number): boolean => {
    const today = utcDayOf(atMs);
    if (today !== day) kept = 0;
    day = today;
    // Also when the clock was set back.
    return kept < MOST_A_DAY && Math.abs(atMs - lastAtMs) >= APART_MS;
  };
  return {
    offer(sample) {
      if (!isWanted(sample.atMs)) return;
      kept += 1;
      lastAtMs = sample.atMs;
      // A copy: the memory it is a part of is larger, and not ours.
      const bytes = Uint8Array.from(sample.bytes.subarray(0, MOST_BYTES));
      writing = writing.then(() => store.addSample({ ...sample, bytes })).catch(onFailure);
    },
    settle: () => writing,
  };
}
