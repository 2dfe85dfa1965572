import type { Domain } from '@sekisho/spec';

/** A policy as it is kept: the published text and where it came from. */
export interface StoredPolicy {
  readonly policyDomain: Domain;
  /** The TXT record's id at the time of the fetch (RFC 8461 §3.1). */
  readonly id: string;
  /** The body as received, byte for byte (decoded lossily as UTF-8). */
  readonly body: string;
  readonly fetchedAtMs: number;
  /** fetchedAtMs + max_age (limited); kept so that the store can sort and prune without parsing. */
  readonly expiresAtMs: number;
  /** When the next unconditional fetch is due (RFC 8461 §10.2); moved by `putState` after a failure. */
  readonly refreshAtMs: number;
  /** The policy host's address, or undefined through a proxy. */
  readonly fetchedFrom?: string;
  /** End of the policy host's certificate. */
  readonly certificateNotAfterMs?: number;
}

/** What is remembered of a domain beside its policy; a row may exist without a policy (only a failed fetch). */
export interface DomainState {
  readonly policyDomain: Domain;
  /** When the TXT id was last compared (successfully looked up). */
  readonly checkedAtMs?: number;
  /** When an MTA last asked. */
  readonly usedAtMs?: number;
  /** The last failed fetch, for the five minutes (RFC 8461 §3.3), and how many failed in a row. */
  readonly failure?: {
    readonly id: string;
    readonly atMs: number;
    readonly code: string;
    readonly count: number;
  };
}

export interface StoredDomain extends DomainState {
  readonly policy?: StoredPolicy;
}

/** A policy that is to be fetched again: what decides whether it is worth it, without its text. */
export interface DuePolicy
  extends Pick<StoredPolicy, 'policyDomain' | 'fetchedAtMs' | 'expiresAtMs'>,
    Pick<DomainState, 'usedAtMs'> {}

/** Why a policy left the present and became history. */
export type ReplacedBecause =
  | 'new-id' // the publisher changed the id
  | 'body-changed' // same id, other body, found by the periodic fetch
  | 'refetched' // same id and body: only the fetch time moved (kept as one row whose span grows; see history)
  | 'expired'
  | 'purged';

export interface HistoryEntry extends StoredPolicy {
  /** Last fetch that confirmed this very text. */
  readonly lastFetchedAtMs: number;
  /** Absent while it is the present policy. */
  readonly replacedAtMs?: number;
  readonly replacedBecause?: Exclude<ReplacedBecause, 'refetched'>;
}

export interface ListOptions {
  /** Domains after this one, in order of name. */
  readonly after?: Domain;
  /** Default 1000, at most 10000. A page whose texts are large may be shorter: go on until an empty one. */
  readonly limit?: number;
}

/**
 * Where policies survive a restart. Every promise that resolves has been committed: a kill at any moment
 * loses at most the writes that have not resolved. Calls take effect in the order in which they are made.
 *
 * @throws {IoError} `store-unwritable`, `store-corrupt`, `store-closed` or `store-failed`.
 */
export interface PolicyStore {
  get(policyDomain: Domain): Promise<StoredDomain | undefined>;
  /**
   * Makes `policy` the present one and clears the failure. The same id and body as before only moves its fetch
   * time; anything else moves the former policy into history with the reason.
   */
  putPolicy(policy: StoredPolicy): Promise<void>;
  /**
   * Merges what is given into the domain's row; `failure: null` clears it. A domain with neither policy nor failure
   * is not kept, so for such a one the call does nothing. Batched freely.
   */
  putState(state: {
    readonly policyDomain: Domain;
    readonly checkedAtMs?: number;
    readonly usedAtMs?: number;
    /** Moves the present policy's next fetch; ignored for a domain without a policy. */
    readonly refreshAtMs?: number;
    readonly failure?: NonNullable<DomainState['failure']> | null;
  }): Promise<void>;
  /** Drops the present policy and the state; history keeps it with the reason. False when there was nothing. */
  remove(policyDomain: Domain, because: 'expired' | 'purged', atMs: number): Promise<boolean>;
  /**
   * Every text that ever was in force for the domain, newest first; `fetchedAtMs` is the first fetch of that text.
   * Bounded, so that a domain that changes all the time cannot fill the disk (`HistoryLimits`).
   */
  history(policyDomain: Domain): Promise<readonly HistoryEntry[]>;
  /** Every domain with a policy or a failure, in order of name. */
  list(options?: ListOptions): Promise<readonly StoredDomain[]>;
  /** Every domain with a policy, in order of name. */
  listPolicyDomains(options?: ListOptions): Promise<readonly Domain[]>;
  /** Policies whose `refreshAtMs` is not after `nowMs`, longest due first; `limit` as in `list`. */
  listDue(nowMs: number, limit: number): Promise<readonly DuePolicy[]>;
  /**
   * Moves policies expired at `nowMs` into history, and drops rows without a policy whose last failure is older than
   * a day. Returns the domains whose policy expired, in order of name: at most 1,000, longest expired first, so that
   * nobody waits long for a store that was idle for weeks. Call again until none is left.
   */
  sweep(nowMs: number): Promise<readonly Domain[]>;
  /** Drops every present policy and all state; history keeps them as `purged`. Returns how many policies. */
  removeAll(atMs: number): Promise<number>;
  /** How many domains have a policy. */
  count(): Promise<number>;
  /** Time of the oldest last fetch among unexpired policies, or undefined without any. */
  oldestFetchMs(nowMs: number): Promise<number | undefined>;
  /** Finishes what is under way; later calls fail with `store-closed`, a second close does nothing. */
  close(): Promise<void>;
}
