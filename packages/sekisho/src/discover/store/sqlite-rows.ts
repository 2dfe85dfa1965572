import type { Domain } from '@sekisho/spec';
import type {
  DomainState,
  HistoryEntry,
  ReplacedBecause,
  StoredDomain,
  StoredPolicy,
} from './policy-store.ts';

interface StateRow {
  readonly domain: Domain;
  readonly checked_at_ms: number | null;
  readonly used_at_ms: number | null;
  readonly failure_id: string | null;
  readonly failure_at_ms: number | null;
  readonly failure_code: string | null;
  readonly failure_count: number | null;
}

interface PolicyRow {
  readonly domain: Domain;
  readonly id: string;
  readonly body: string;
  readonly first_fetched_at_ms: number;
  readonly fetched_at_ms: number;
  readonly expires_at_ms: number;
  readonly refresh_at_ms: number;
  readonly fetched_from: string | null;
  readonly certificate_not_after_ms: number | null;
}

/** A domain, joined to its policy; without one, the policy's columns are null. */
export type DomainRow = StateRow & (PolicyRow | { readonly id: null });

/** A text of the past, or the present one. */
export interface HistoryRow extends PolicyRow {
  readonly replaced_at_ms: number | null;
  readonly replaced_because: Exclude<ReplacedBecause, 'refetched'> | null;
}

/** Length of the row's body in characters. */
export function bodyLength(row: DomainRow): number {
  return row.id === null ? 0 : row.body.length;
}

/** A domain as callers see it: what is null in the row is absent. */
export function storedDomainOf(row: DomainRow): StoredDomain {
  const state = stateOf(row);
  return row.id === null ? state : { ...state, policy: policyOf(row, row.fetched_at_ms) };
}

/** A text's span: from its first fetch to its last, and why it went. */
export function historyEntryOf(row: HistoryRow): HistoryEntry {
  return {
    ...policyOf(row, row.first_fetched_at_ms),
    lastFetchedAtMs: row.fetched_at_ms,
    ...(row.replaced_at_ms === null ? {} : { replacedAtMs: row.replaced_at_ms }),
    ...(row.replaced_because === null ? {} : { replacedBecause: row.replaced_because }),
  };
}

function stateOf(row: StateRow): DomainState {
  return {
    policyDomain: row.domain,
    ...(row.checked_at_ms === null ? {} : { checkedAtMs: row.checked_at_ms }),
    ...(row.used_at_ms === null ? {} : { usedAtMs: row.used_at_ms }),
    ...failureOf(row),
  };
}

function failureOf(row: StateRow): Pick<DomainState, 'failure'> {
  const { failure_id: id, failure_at_ms: atMs, failure_code: code, failure_count: count } = row;
  return id === null || atMs === null || code === null || count === null
    ? {}
    : { failure: { id, atMs, code, count } };
}

function policyOf(row: PolicyRow, fetchedAtMs: number): StoredPolicy {
  const { certificate_not_after_ms: certificateNotAfterMs } = row;
  return {
    policyDomain: row.domain,
    id: row.id,
    body: row.body,
    fetchedAtMs,
    expiresAtMs: row.expires_at_ms,
    refreshAtMs: row.refresh_at_ms,
    ...(row.fetched_from === null ? {} : { fetchedFrom: row.fetched_from }),
    ...(certificateNotAfterMs === null ? {} : { certificateNotAfterMs }),
  };
}
