import type { CountedSessions, ReportStore, SessionSource } from '../../report/store/index.ts';

/** Sessions that were kept since the start, by where they came from and how they ended. */
export type SessionCounts = Readonly<
  Record<SessionSource, { readonly success: number; readonly failure: number }>
>;

/** Adds sessions, and counts what was added. */
export interface CountingStore extends Pick<ReportStore, 'addSessions' | 'addSample'> {
  counts(): SessionCounts;
  /** When sessions were last kept; undefined before the first time. */
  readonly lastWriteAtMs: number | undefined;
}

export function createCountingStore(store: ReportStore, now: () => number): CountingStore {
  const counts = {
    datagram: { success: 0, failure: 0 },
    log: { success: 0, failure: 0 },
    discovery: { success: 0, failure: 0 },
    api: { success: 0, failure: 0 },
  };
  let lastWriteAtMs: number | undefined;
  const count = ({ source, isSuccess, count: sessions }: CountedSessions): void => {
    counts[source][isSuccess ? 'success' : 'failure'] += sessions;
  };
  return {
    async addSessions(sessions) {
      await store.addSessions(sessions);
      for (const each of sessions) count(each);
      lastWriteAtMs = now();
    },
    addSample: (sample) => store.addSample(sample),
    counts: () => counts,
    get lastWriteAtMs() {
      return lastWriteAtMs;
    },
  };
}
