import type { Domain } from '@sekisho/spec';
import type { Held } from './answer.ts';
import type { Entry } from './entry.ts';

/** Why a domain is discovered; it decides what is asked for, and what is remembered of it. */
export type Purpose =
  | 'use' // an MTA waits
  | 'recheck' // the id is compared
  | 'refresh' // the periodic fetch
  | 'operator'; // as the operator wishes, whatever failed before

/** What is to be discovered, and what is known so far. */
export interface Search {
  readonly entry: Readonly<Entry>;
  readonly purpose: Purpose;
  readonly startedAtMs: number;
}

export interface Finding {
  /** What is to be remembered from now on. */
  readonly entry: Entry;
  readonly held: Held;
  /** Whether answers given before are not valid any more. */
  readonly isChanged: boolean;
}

/**
 * Finds out what there is to know of a domain, and keeps it: reads the store, runs a round, writes what it brought.
 * The slow half of discovery, so it may be in another thread: what goes in and out are data.
 */
export interface Discoverer {
  /**
   * The finding is committed when this resolves. Ends early when the signal says so; what it then finds is to be
   * forgotten.
   *
   * @throws {IoError} if the thread that does it is gone.
   */
  discover(search: Search, signal: AbortSignal): Promise<Finding>;
  /** Policies in force that the store has not taken yet. */
  readonly unsaved: number;
  /** Offers them again, until one is refused; tells the log if it is the last time. */
  retryUnsaved(isLastTime?: boolean): Promise<void>;
  /** Gives up the unsaved policy of a domain, or of all (undefined). */
  forgetUnsaved(policyDomain: Domain | undefined): Promise<void>;
}
