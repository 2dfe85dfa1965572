import type { ReportChannel } from '../store/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { Acceptance } from '../accept/acceptor.ts';

/** What became of an arrival, for counting. `turned-away` was refused before it was looked into. */
export type DoorOutcome = Acceptance['kind'] | 'too-large' | 'turned-away';

/** Is told of every arrival once. */
export type DoorCounter = (channel: ReportChannel, outcome: DoorOutcome) => void;

/** Where a door tells what happens at it. */
export interface DoorReport {
  readonly log: Log;
  /** Default: counts nothing. */
  readonly count?: DoorCounter;
}

/**
 * Counts an acceptance; what became of the arrival, the acceptor tells the log itself.
 *
 * @param from who brought it or where it lay.
 */
export function reportAcceptance(
  { log, count }: DoorReport,
  channel: ReportChannel,
  from: string,
  acceptance: Acceptance,
): void {
  count?.(channel, acceptance.kind);
  log.debug('arrival answered', { channel, from, outcome: acceptance.kind });
}

/** Counts and logs an arrival that is larger than the acceptor takes. */
export function reportTooLarge(
  { log, count }: DoorReport,
  channel: ReportChannel,
  from: string,
  largestBytes: number,
): void {
  count?.(channel, 'too-large');
  log.warn('arrival is too large', { channel, from, largestBytes });
}
