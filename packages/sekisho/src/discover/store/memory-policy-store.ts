import type { Domain } from '@sekisho/spec';
import { IoError } from '../../io/error.ts';
import {
  FAILURE_KEPT_MS,
  HISTORY_LIMITS,
  type HistoryLimits,
  pageRows,
  SWEEP_ROWS,
  takePage,
} from './limits.ts';
import { performCall, policyStoreOf, type SyncPolicyStore } from './policy-calls.ts';
import type {
  DomainState,
  DuePolicy,
  HistoryEntry,
  PolicyStore,
  StoredDomain,
  StoredPolicy,
} from './policy-store.ts';

/** The fake: keeps policies until it is dropped, by the same contract as the store on disk. */
export function createMemoryPolicyStore(
  options: { readonly historyLimits?: Partial<HistoryLimits> } = {},
): PolicyStore {
  const tables = createMemoryTables({ ...HISTORY_LIMITS, ...options.historyLimits });
  let open = true;
  return policyStoreOf(
    async (call) => {
      if (!open) {
        throw new IoError('store-closed', 'Cannot use policy store in memory: it is closed', {
          temporary: false,
        });
      }
      return performCall(tables, structuredClone(call));
    },
    async () => {
      open = false;
    },
  );
}

/** A present policy, with the first fetch of its text. */
interface Present {
  readonly policy: StoredPolicy;
  readonly firstFetchedAtMs: number;
}

type Replaced = Required<Pick<HistoryEntry, 'replacedAtMs' | 'replacedBecause'>>;

/** What the fake keeps; the past is in order of replacement. */
interface Memory {
  readonly states: Map<Domain, DomainState>;
  readonly presents: Map<Domain, Present>;
  past: readonly HistoryEntry[];
}

/** The store's calls on maps: small and plain, so that it can be the measure of the one on disk. */
export function createMemoryTables(limits: HistoryLimits): SyncPolicyStore {
  const memory: Memory = { states: new Map(), presents: new Map(), past: [] };
  return {
    get: (domain) => read(memory, domain),
    putPolicy: (policy) => putPolicy(memory, limits, policy),
    putState: (state) => putState(memory, state),
    remove(domain, because, atMs) {
      retire(memory, limits, domain, { replacedAtMs: atMs, replacedBecause: because });
      return memory.states.delete(domain);
    },
    history: (domain) => history(memory, domain),
    list: ({ after = '', limit } = {}) =>
      pageOf(
        domains(memory)
          .filter(({ policyDomain }) => policyDomain > after)
          .sort(byName),
        limit,
      ),
    listPolicyDomains: ({ after = '', limit } = {}) =>
      [...memory.presents.keys()]
        .filter((domain) => domain > after)
        .sort()
        .slice(0, pageRows(limit)),
    listDue: (nowMs, limit) =>
      domains(memory)
        .filter((domain) => refreshAt(domain) <= nowMs)
        .sort(byRefresh)
        .slice(0, pageRows(limit))
        .flatMap(dueOf),
    sweep: (nowMs) => sweep(memory, limits, nowMs),
    removeAll: (atMs) => removeAll(memory, limits, atMs),
    count: () => memory.presents.size,
    oldestFetchMs(nowMs) {
      const fresh = domains(memory).filter(({ policy }) => policy && policy.expiresAtMs > nowMs);
      const oldest = Math.min(...fresh.map(({ policy }) => policy?.fetchedAtMs ?? Infinity));
      return Number.isFinite(oldest) ? oldest : undefined;
    },
  };
}

function read(memory: Memory, domain: Domain): StoredDomain | undefined {
  const state = memory.states.get(domain);
  const present = memory.presents.get(domain);
  return state && (present ? { ...state, policy: present.policy } : state);
}

function putPolicy(memory: Memory, limits: HistoryLimits, policy: StoredPolicy): void {
  const { policyDomain: domain, id, body, fetchedAtMs } = policy;
  const former = memory.presents.get(domain);
  const { failure: _cleared, ...state } = memory.states.get(domain) ?? { policyDomain: domain };
  memory.states.set(domain, state);
  const same = former?.policy.id === id && former.policy.body === body;
  if (!same) {
    retire(memory, limits, domain, {
      replacedAtMs: fetchedAtMs,
      replacedBecause: former?.policy.id === id ? 'body-changed' : 'new-id',
    });
  }
  const firstFetchedAtMs = same ? former.firstFetchedAtMs : fetchedAtMs;
  memory.presents.set(domain, { policy, firstFetchedAtMs });
}

function putState(memory: Memory, change: Parameters<PolicyStore['putState']>[0]): void {
  const { policyDomain, checkedAtMs, usedAtMs, refreshAtMs } = change;
  const { failure: former, ...state } = memory.states.get(policyDomain) ?? { policyDomain };
  const failure = change.failure === undefined ? former : change.failure;
  const present = memory.presents.get(policyDomain);
  if (present === undefined && (failure === undefined || failure === null)) {
    memory.states.delete(policyDomain);
    return;
  }
  memory.states.set(policyDomain, {
    ...state,
    ...(checkedAtMs === undefined ? {} : { checkedAtMs }),
    ...(usedAtMs === undefined ? {} : { usedAtMs }),
    ...(failure === undefined || failure === null ? {} : { failure }),
  });
  if (present !== undefined && refreshAtMs !== undefined) {
    const policy = { ...present.policy, refreshAtMs };
    memory.presents.set(policyDomain, { ...present, policy });
  }
}

function retire(memory: Memory, limits: HistoryLimits, domain: Domain, why: Replaced): void {
  const present = memory.presents.get(domain);
  if (present === undefined) {
    return;
  }
  memory.presents.delete(domain);
  const past = [...memory.past, { ...spanOf(present), ...why }];
  const own = past.filter(({ policyDomain }) => policyDomain === domain);
  const tooOld = new Set(own.slice(0, Math.max(own.length - limits.perDomain, 0)));
  memory.past = past.filter((entry) => !tooOld.has(entry));
}

function sweep(memory: Memory, limits: HistoryLimits, nowMs: number): Domain[] {
  const expired = domains(memory)
    .filter((domain) => expiresAt(domain) <= nowMs)
    .sort(byExpiry)
    .slice(0, SWEEP_ROWS)
    .map(({ policyDomain }) => policyDomain)
    .sort();
  for (const domain of expired) {
    retire(memory, limits, domain, { replacedAtMs: nowMs, replacedBecause: 'expired' });
  }
  memory.past = memory.past.slice(-limits.total);
  const keptSinceMs = nowMs - FAILURE_KEPT_MS;
  for (const { policyDomain, policy, failure } of domains(memory)) {
    if (policy === undefined && (failure?.atMs ?? keptSinceMs) <= keptSinceMs) {
      memory.states.delete(policyDomain);
    }
  }
  return expired;
}

function removeAll(memory: Memory, limits: HistoryLimits, atMs: number): number {
  const dropped = [...memory.presents.keys()].sort();
  for (const domain of dropped) {
    retire(memory, limits, domain, { replacedAtMs: atMs, replacedBecause: 'purged' });
  }
  memory.past = memory.past.slice(-limits.total);
  memory.states.clear();
  return dropped.length;
}

function spanOf({ policy, firstFetchedAtMs }: Present): HistoryEntry {
  return { ...policy, fetchedAtMs: firstFetchedAtMs, lastFetchedAtMs: policy.fetchedAtMs };
}

function history(memory: Memory, domain: Domain): HistoryEntry[] {
  const present = memory.presents.get(domain);
  const past = memory.past.filter(({ policyDomain }) => policyDomain === domain).reverse();
  return present ? [spanOf(present), ...past] : past;
}

function domains(memory: Memory): StoredDomain[] {
  return [...memory.states.keys()].flatMap((domain) => read(memory, domain) ?? []);
}

/** Later than any time for a domain without a policy. */
function refreshAt({ policy }: StoredDomain): number {
  return policy?.refreshAtMs ?? Infinity;
}

function pageOf(rows: readonly StoredDomain[], limit?: number): StoredDomain[] {
  return takePage(rows.slice(0, pageRows(limit)), ({ policy }) => policy?.body.length ?? 0);
}

function dueOf({ policyDomain, usedAtMs, policy }: StoredDomain): DuePolicy[] {
  if (policy === undefined) return [];
  const { fetchedAtMs, expiresAtMs } = policy;
  return [
    { policyDomain, fetchedAtMs, expiresAtMs, ...(usedAtMs === undefined ? {} : { usedAtMs }) },
  ];
}

function expiresAt({ policy }: StoredDomain): number {
  return policy?.expiresAtMs ?? Infinity;
}

function byName(one: StoredDomain, other: StoredDomain): number {
  return one.policyDomain < other.policyDomain ? -1 : 1;
}

function byExpiry(one: StoredDomain, other: StoredDomain): number {
  return expiresAt(one) - expiresAt(other) || byName(one, other);
}

function byRefresh(one: StoredDomain, other: StoredDomain): number {
  return refreshAt(one) - refreshAt(other) || byName(one, other);
}
