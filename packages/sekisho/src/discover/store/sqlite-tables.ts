import type { DatabaseSync } from 'node:sqlite';
import type { Domain } from '@sekisho/spec';
import { FAILURE_KEPT_MS, type HistoryLimits, pageRows, SWEEP_ROWS, takePage } from './limits.ts';
import type { SyncPolicyStore } from './policy-calls.ts';
import type {
  DomainState,
  DuePolicy,
  HistoryEntry,
  ListOptions,
  PolicyStore,
  ReplacedBecause,
  StoredDomain,
  StoredPolicy,
} from './policy-store.ts';
import { prepareStatements, type Statements } from './sqlite-statements.ts';

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
type DomainRow = StateRow & (PolicyRow | { readonly id: null });

/** A text of the past, or the present one. */
interface HistoryRow extends PolicyRow {
  readonly replaced_at_ms: number | null;
  readonly replaced_because: Exclude<ReplacedBecause, 'refetched'> | null;
}

type DueRow = Pick<PolicyRow, 'domain' | 'fetched_at_ms' | 'expires_at_ms'> &
  Pick<StateRow, 'used_at_ms'>;

/** The store's calls on an open database; the caller holds the transaction. */
export function createSqliteTables(database: DatabaseSync, limits: HistoryLimits): SyncPolicyStore {
  const statements = prepareStatements(database);
  return {
    get(domain) {
      const row = statements.get.get({ domain }) as unknown as DomainRow | undefined;
      return row && storedDomainOf(row);
    },
    putPolicy: (policy) => putPolicy(statements, limits, policy),
    putState: (state) => putState(statements, state),
    remove: (domain, because, atMs) => remove(statements, limits, domain, because, atMs),
    history(domain) {
      const rows = [...statements.present.all({ domain }), ...statements.past.all({ domain })];
      return (rows as unknown as HistoryRow[]).map(historyEntryOf);
    },
    list({ after, limit }: ListOptions = {}) {
      return pageOf(statements.list.iterate({ after: after ?? '', limit: pageRows(limit) }));
    },
    listPolicyDomains: ({ after, limit }: ListOptions = {}) =>
      domainsOf(
        statements.listPolicyDomains.iterate({ after: after ?? '', limit: pageRows(limit) }),
      ),
    listDue: (now, limit) =>
      (statements.listDue.all({ now, limit: pageRows(limit) }) as unknown as DueRow[]).map(dueOf),
    sweep: (nowMs) => sweep(statements, limits, nowMs),
    removeAll: (atMs) => removeAll(statements, limits, atMs),
    count: () => Number(statements.count.get()?.['number']),
    oldestFetchMs(now) {
      const row = statements.oldestFetch.get({ now });
      return row && Number(row['fetched_at_ms']);
    },
  };
}

function pageOf(rows: Iterable<unknown>) {
  return takePage(rows as Iterable<DomainRow>, bodyLength).map(storedDomainOf);
}

function putPolicy(statements: Statements, limits: HistoryLimits, policy: StoredPolicy): void {
  const { policyDomain: domain, id, body, fetchedAtMs } = policy;
  statements.fetched.run({ domain });
  const { changes } = statements.replace.run({ domain, id, body, at: fetchedAtMs });
  statements.putPolicy.run({
    domain,
    id,
    body,
    fetched: fetchedAtMs,
    expires: policy.expiresAtMs,
    refresh: policy.refreshAtMs,
    from: policy.fetchedFrom ?? null,
    certificate: policy.certificateNotAfterMs ?? null,
  });
  if (changes !== 0) {
    pruneDomain(statements, limits, domain);
  }
}

function putState(statements: Statements, state: Parameters<PolicyStore['putState']>[0]): void {
  const { policyDomain: domain, checkedAtMs, usedAtMs, refreshAtMs, failure } = state;
  if (failure === null) {
    statements.forgetFailure.run({ domain });
    statements.dropIdleDomain.run({ domain });
  } else if (failure !== undefined) {
    const { id, atMs: at, code, count } = failure;
    statements.failed.run({ domain, id, at, code, count });
  }
  if (checkedAtMs !== undefined || usedAtMs !== undefined) {
    statements.saw.run({ domain, checked: checkedAtMs ?? null, used: usedAtMs ?? null });
  }
  if (refreshAtMs !== undefined) {
    statements.moveRefresh.run({ domain, refresh: refreshAtMs });
  }
}

function remove(
  statements: Statements,
  limits: HistoryLimits,
  domain: Domain,
  because: 'expired' | 'purged',
  atMs: number,
): boolean {
  retire(statements, limits, [domain], because, atMs);
  return statements.dropDomain.run({ domain }).changes !== 0;
}

function sweep(statements: Statements, limits: HistoryLimits, nowMs: number): Domain[] {
  const expired = domainsOf(statements.expired.iterate({ now: nowMs, limit: SWEEP_ROWS })).sort();
  retire(statements, limits, expired, 'expired', nowMs);
  for (const domain of expired) {
    statements.dropIdleDomain.run({ domain });
  }
  statements.dropStaleDomains.run({ before: nowMs - FAILURE_KEPT_MS });
  pruneAll(statements, limits);
  return expired;
}

function removeAll(statements: Statements, limits: HistoryLimits, atMs: number): number {
  const all = domainsOf(statements.all.iterate());
  retire(statements, limits, all, 'purged', atMs);
  statements.dropAllDomains.run();
  pruneAll(statements, limits);
  return all.length;
}

function domainsOf(rows: Iterable<unknown>): Domain[] {
  return Array.from(rows as Iterable<{ readonly domain: Domain }>, ({ domain }) => domain);
}

/** Moves present policies into history. */
function retire(
  statements: Statements,
  limits: HistoryLimits,
  domains: readonly Domain[],
  because: 'expired' | 'purged',
  atMs: number,
): void {
  for (const domain of domains) {
    if (statements.retire.run({ domain, because, at: atMs }).changes !== 0) {
      statements.dropPolicy.run({ domain });
      pruneDomain(statements, limits, domain);
    }
  }
}

function pruneDomain(statements: Statements, limits: HistoryLimits, domain: Domain): void {
  statements.pruneDomain.run({ domain, keep: limits.perDomain });
}

/** Not at each replacement, since it counts the whole history. */
function pruneAll(statements: Statements, limits: HistoryLimits): void {
  const excess = Number(statements.countHistory.get()?.['number']) - limits.total;
  if (excess > 0) {
    statements.dropOldestHistory.run({ excess });
  }
}

/** Length of the row's body in characters. */
function bodyLength(row: DomainRow): number {
  return row.id === null ? 0 : row.body.length;
}

/** A domain as callers see it: what is null in the row is absent. */
function storedDomainOf(row: DomainRow): StoredDomain {
  const state = stateOf(row);
  return row.id === null ? state : { ...state, policy: policyOf(row, row.fetched_at_ms) };
}

/** A text's span: from its first fetch to its last, and why it went. */
function historyEntryOf(row: HistoryRow): HistoryEntry {
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

function dueOf(row: DueRow): DuePolicy {
  return {
    policyDomain: row.domain,
    fetchedAtMs: row.fetched_at_ms,
    expiresAtMs: row.expires_at_ms,
    ...(row.used_at_ms === null ? {} : { usedAtMs: row.used_at_ms }),
  };
}
