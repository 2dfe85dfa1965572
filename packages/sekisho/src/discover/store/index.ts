/** Where policies and their history survive a restart: the port, SQLite in a thread, and a fake in memory. */
export type { HistoryLimits } from './limits.ts';
export { createMemoryPolicyStore } from './memory-policy-store.ts';
export { createStoreRelay } from './policy-calls.ts';
export type {
  DomainState,
  DuePolicy,
  HistoryEntry,
  ListOptions,
  PolicyStore,
  ReplacedBecause,
  StoredDomain,
  StoredPolicy,
} from './policy-store.ts';
export { serveSqlitePolicyStore, STORE_FILE_NAME, type StoreTask } from './sqlite-policy-store.ts';
export { openSqlitePolicyStore, type SqlitePolicyStoreOptions } from './threaded-policy-store.ts';
