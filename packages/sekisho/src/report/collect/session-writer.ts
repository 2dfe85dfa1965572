import type { Clock } from '../../io/clock/index.ts';
import type { ReportStore } from '../store/index.ts';
import { type SessionTally, toCounted } from './session-tally.ts';

/** Brings what is counted into the store, one write at a time. */
export interface SessionWriter {
  /** To be called after something was added. */
  nudge(): void;
  /** Writes all that is there now; what it ended with, undefined if well. */
  flush(): Promise<WriteFailure | undefined>;
  close(): void;
}

export interface WriteFailure {
  readonly cause: unknown;
}

export interface SessionWriterParts {
  readonly tally: SessionTally;
  readonly store: Pick<ReportStore, 'addSessions'>;
  readonly clock: Clock;
  readonly onWritten: () => void;
  readonly onFailure: (failure: WriteFailure) => void;
}

/** How much a kill can lose. */
const WRITE_EVERY_MS = 2_000;
/** So many different entries are worth a write at once, and make one transaction. */
const MOST_AT_ONCE = 5_000;

export function createSessionWriter(parts: SessionWriterParts): SessionWriter {
  const { tally, store, clock } = parts;
  let cancelTimer: (() => void) | undefined;
  let writing: Promise<WriteFailure | undefined> | undefined;
  let following: Promise<WriteFailure | undefined> | undefined;
  let isFailing = false;
  let isClosed = false;

  const writeSome = async (most: number): Promise<WriteFailure | undefined> => {
    const entries = tally.take(most);
    try {
      await store.addSessions(entries.map(toCounted));
    } catch (cause) {
      tally.putBack(entries);
      return { cause };
    }
    tally.settle(entries);
    parts.onWritten();
    return undefined;
  };
  const writeAll = async (): Promise<WriteFailure | undefined> => {
    // What comes meanwhile has its own turn: under load there would be no end.
    let left = tally.waiting;
    let failure: WriteFailure | undefined;
    while (left > 0 && failure === undefined) {
      failure = await writeSome(Math.min(left, MOST_AT_ONCE));
      left -= MOST_AT_ONCE;
    }
    return failure;
  };
  const start = async (): Promise<WriteFailure | undefined> => {
    const failure = await writeAll();
    writing = undefined;
    isFailing = failure !== undefined;
    if (failure !== undefined) parts.onFailure(failure);
    nudge();
    return failure;
  };
  const flush = (): Promise<WriteFailure | undefined> => {
    if (writing === undefined) return (writing = start());
    following ??= writing.then(() => {
      following = undefined;
      return flush();
    });
    return following;
  };
  const nudge = (): void => {
    if (isClosed || tally.waiting === 0) return;
    if (tally.waiting >= MOST_AT_ONCE && !isFailing && writing === undefined) void flush();
    cancelTimer ??= clock.after(WRITE_EVERY_MS, () => {
      cancelTimer = undefined;
      void flush();
    });
  };
  return {
    nudge,
    flush,
    close() {
      isClosed = true;
      cancelTimer?.();
      cancelTimer = undefined;
    },
  };
}
