import type { DatagramBatch } from '../../io/datagrams/index.ts';
import type { BadSample } from '../store/index.ts';
import type { ArrivedSessions } from './datagram-sessions.ts';

/** Counts sessions in memory and writes them every few seconds: a kill loses what came since the last write. */
export interface Collector {
  /** Takes datagrams as they arrived; never throws for what is in them. */
  take(batch: DatagramBatch): void;
  /**
   * Adds sessions that are known already, to the UTC day of `atMs`. They are kept for good when a later `flush` resolves.
   *
   * @returns how many sessions there was no room for; they are counted as lost.
   */
  add(sessions: readonly ArrivedSessions[], atMs: number): number;
  /** Counts something that cannot be used, and keeps samples of it. */
  refuse(sample: BadSample): void;
  /**
   * Writes what was added up to now.
   *
   * @throws IoError of the store; what could not be written stays, and is tried again.
   */
  flush(): Promise<void>;
  /** Writes what is there, and takes no more. A failure is logged. */
  close(): Promise<void>;
  counters(): CollectorCounters;
}

/** What happened since the start. */
export interface CollectorCounters {
  /** Taken off the socket, whether usable or not. */
  readonly datagrams: number;
  /** Added, from every source. */
  readonly sessions: number;
  /** What could not be used, by its code. */
  readonly bad: ReadonlyMap<string, number>;
  /** What was unusual in what was used, by its code. */
  readonly noted: ReadonlyMap<string, number>;
  /** Datagrams that were never looked at, since this process lagged. */
  readonly lostDatagrams: number;
  /** Sessions that were dropped since they could not be written for too long. */
  readonly lostSessions: number;
  /** Different entries in memory that are not written yet. */
  readonly pending: number;
  readonly failedWrites: number;
  readonly lastWriteAtMs?: number;
}
