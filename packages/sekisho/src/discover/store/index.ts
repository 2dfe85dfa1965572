/** Where policies and their history survive a restart: the port, SQLite in a thread, and a fake in memory. */
export type { HistoryLimits } from './limits.ts';
export { createMemoryPolicyStore } from './memory-policy-store.ts';
export type {
  DomainState,
  HistoryEntry,
  ListOptions,
  PolicyStore,
  ReplacedBecause,
  StoredDomain,
  StoredPolicy,
} from './policy-store.ts';
export { createStoreRelay } from './relay.ts';
export { serveSqlitePolicyStore } from './serve-store.ts';
export {
  openSqlitePolicyStore,
  type SqlitePolicyStoreOptions,
  STORE_FILE_NAME,
} from './sqlite-policy-store.ts';
export type { StoreTask } from './sqlite-worker-protocol.ts';
