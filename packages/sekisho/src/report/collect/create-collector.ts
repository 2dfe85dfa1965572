import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { BadSample, ReportStore, UtcDay } from '../store/index.ts';
import { createBatchReader } from './batch-reader.ts';
import type { Collector } from './collector.ts';
import { createCollectorAccount } from './collector-account.ts';
import { createBadSamples } from './bad-samples.ts';
import {
  createSessionTally,
  type KeyedSessions,
  keySessions,
  type TallyLimits,
} from './session-tally.ts';
import { createSessionWriter } from './session-writer.ts';
import { utcDayOf } from './utc-day.ts';

export interface CollectorParts {
  readonly store: Pick<ReportStore, 'addSessions' | 'addSample'>;
  readonly clock: Clock;
  readonly log: Log;
  /** How much may wait for a store that does not take it. Default 100,000 entries and 64 Mi units of text. */
  readonly limits?: TallyLimits;
}

const LIMITS: TallyLimits = { mostEntries: 100_000, mostText: 64 * 1024 * 1024 };

/** Makes a collector; nothing is under way before something is added. */
export function createCollector({ store, clock, log, limits = LIMITS }: CollectorParts): Collector {
  const tally = createSessionTally(limits);
  const account = createCollectorAccount(clock, log);
  const reader = createBatchReader();
  const samples = createBadSamples(store, (cause) => account.failed('samples', cause));
  const writer = createSessionWriter({
    tally,
    store,
    clock,
    onWritten: () => account.written(),
    onFailure: ({ cause }) => account.failed('writes', cause),
  });
  let isClosed = false;

  const refuse = (sample: BadSample): void => {
    account.refused(sample.code);
    samples.offer(sample);
  };
  const addAll = (keyed: readonly KeyedSessions[], day: UtcDay): number => {
    let lost = 0;
    for (const each of keyed) {
      const { count } = each.sessions;
      if (!isClosed && tally.add(day, each)) account.added(count);
      else lost += count;
    }
    account.lost('sessions', lost);
    return lost;
  };
  return {
    take(batch) {
      account.arrived(batch.count + batch.tooLong);
      account.refused('too-long', batch.tooLong);
      account.lost('datagrams', batch.lost);
      reader.read(batch, {
        onRefused: refuse,
        onKnown({ keyed, notes }, day) {
          account.noted(notes);
          addAll(keyed, day);
        },
      });
      writer.nudge();
    },
    add(sessions, atMs) {
      const lost = addAll(sessions.map(keySessions), utcDayOf(atMs));
      writer.nudge();
      return lost;
    },
    refuse,
    async flush() {
      const failure = await writer.flush();
      if (failure !== undefined) throw failure.cause;
    },
    async close() {
      isClosed = true;
      writer.close();
      await writer.flush();
      account.lost('sessions', tally.sessions);
      await samples.settle();
      account.close();
    },
    counters: () => ({ ...account.counters(), pending: tally.size }),
  };
}
