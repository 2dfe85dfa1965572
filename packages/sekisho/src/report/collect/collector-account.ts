import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { CollectorCounters } from './collector.ts';

/** What happened in collecting: counted for metrics, and told to the log now and then. */
interface CollectorAccount {
  arrived(datagrams: number): void;
  added(sessions: number): void;
  refused(code: string, count?: number): void;
  noted(codes: readonly string[]): void;
  lost(what: 'datagrams' | 'sessions', count: number): void;
  failed(what: 'writes' | 'samples', cause: unknown): void;
  written(): void;
  counters(): Omit<CollectorCounters, 'pending'>;
  /** Tells what was not told yet. */
  close(): void;
}

export function createCollectorAccount(clock: Clock, log: Log): CollectorAccount {
  const bad = new Map<string, number>();
  const noted = new Map<string, number>();
  const count = { datagrams: 0, sessions: 0, lostDatagrams: 0, lostSessions: 0, failedWrites: 0 };
  let lastWriteAtMs: number | undefined;
  let error: unknown;
  const refusals = createDigest(clock, (codes) => log.warn('sessions cannot be used', { codes }));
  const losses = createDigest(clock, (lost) => log.error('sessions are lost', { lost }));
  const failures = createDigest(clock, (failed) =>
    log.error('sessions cannot be written', { error, failed }),
  );
  return {
    arrived: (datagrams) => void (count.datagrams += datagrams),
    added: (sessions) => void (count.sessions += sessions),
    refused(code, by = 1) {
      if (by === 0) return;
      increase(bad, code, by);
      refusals.note(code, by);
    },
    noted: (codes) => codes.forEach((code) => increase(noted, code, 1)),
    lost(what, by) {
      if (by === 0) return;
      count[what === 'datagrams' ? 'lostDatagrams' : 'lostSessions'] += by;
      losses.note(what, by);
    },
    failed(what, cause) {
      count.failedWrites += 1;
      error = cause;
      failures.note(what);
    },
    written: () => void (lastWriteAtMs = clock.now()),
    counters: () => ({
      ...count,
      bad: new Map(bad),
      noted: new Map(noted),
      ...(lastWriteAtMs === undefined ? {} : { lastWriteAtMs }),
    }),
    close: () => [refusals, losses, failures].forEach((digest) => digest.close()),
  };
}

function increase(counts: Map<string, number>, code: string, by: number): void {
  counts.set(code, (counts.get(code) ?? 0) + by);
}

/** Tells of what happens often only now and then: how often each kind happened since it was last told. */
interface Digest {
  note(kind: string, count?: number): void;
  /** Tells what is left. */
  close(): void;
}

const TELL_EVERY_MS = 60_000;

/** @param tell is called at once for the first, and then once a minute at most. */
function createDigest(
  clock: Clock,
  tell: (counts: Readonly<Record<string, number>>) => void,
): Digest {
  const counts = new Map<string, number>();
  let cancelTimer: (() => void) | undefined;
  const tellAll = (): void => {
    const told = Object.fromEntries(counts);
    counts.clear();
    tell(told);
  };
  const arm = (): void => {
    cancelTimer = clock.after(TELL_EVERY_MS, () => {
      cancelTimer = undefined;
      if (counts.size === 0) return;
      tellAll();
      arm();
    });
  };
  return {
    note(kind, count = 1) {
      counts.set(kind, (counts.get(kind) ?? 0) + count);
      if (cancelTimer !== undefined) return;
      tellAll();
      arm();
    },
    close() {
      cancelTimer?.();
      if (counts.size > 0) tellAll();
    },
  };
}
