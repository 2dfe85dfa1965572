import type { Clock } from '../../io/clock/index.ts';
import { escapeText, type Log } from '../../io/log/index.ts';
import type { FetchCount, PublishStore } from '../store/index.ts';
import type { ObserveFetch } from './books.ts';

/** Counts who fetched which policy, and writes the counts together. */
export interface FetchCounter {
  readonly observe: ObserveFetch;
  /** Fetches that were given out but not counted, for want of room or because the store could not be written. */
  readonly lost: number;
  /** Writes what is counted; a second call does nothing more. */
  close(): Promise<void>;
}

export interface FetchCounterOptions {
  readonly store: Pick<PublishStore, 'recordFetches'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Default 5,000. */
  readonly writeEveryMs?: number;
  /** Different senders between two writes; those beyond are not counted. Default 20,000. */
  readonly mostCounts?: number;
}

const LONGEST_USER_AGENT = 200;
const DAY_MS = 86_400_000;

/** Changed in place, since a new object for each fetch would soon be an old one for the collector. */
type Counted = FetchCount & { lastAtMs: number; count: number };

/** A kill loses what was counted since the last write, a few seconds' worth. */
export function createFetchCounter(options: FetchCounterOptions): FetchCounter {
  const { store, clock, log, writeEveryMs = 5000, mostCounts = 20_000 } = options;
  let counts = new Map<string, Counted>();
  let lost = 0;
  let isClosed = false;
  let writing: Promise<void> = Promise.resolve();
  let cancel = clock.after(writeEveryMs, tick);

  function tick(): void {
    flush();
    if (!isClosed) cancel = clock.after(writeEveryMs, tick);
  }

  /** One write after the other, so that a slow disk does not gather them. */
  function flush(): void {
    if (counts.size === 0) return;
    const batch = [...counts.values()];
    counts = new Map();
    writing = writing.then(() => write(batch));
  }

  const write = async (batch: readonly FetchCount[]): Promise<void> => {
    try {
      await store.recordFetches(batch);
    } catch (error) {
      lost += batch.reduce((sum, { count }) => sum + count, 0);
      log.error('fetches cannot be recorded', { error });
    }
  };

  return {
    observe({ domain, id, address, userAgent }) {
      const nowMs = clock.now();
      const agent = escapeText(userAgent.slice(0, LONGEST_USER_AGENT)).slice(0, LONGEST_USER_AGENT);
      const day = Math.floor(nowMs / DAY_MS);
      const key = `${domain} ${id} ${address} ${day} ${agent}`;
      const known = counts.get(key);
      if (known !== undefined) {
        known.lastAtMs = nowMs;
        known.count += 1;
      } else if (isClosed || counts.size >= mostCounts) lost += 1;
      else {
        const when = { firstAtMs: nowMs, lastAtMs: nowMs };
        counts.set(key, { domain, id, address, userAgent: agent, ...when, count: 1 });
      }
    },
    get lost() {
      return lost;
    },
    async close() {
      isClosed = true;
      cancel();
      flush();
      await writing;
    },
  };
}
