import type { MessagePort } from 'node:worker_threads';
import { openSqliteStore, type SqliteStoreDefinition } from '../../io/sqlite/index.ts';
import { serveCalls, type Work } from '../../io/thread/index.ts';
import type { HistoryLimits } from './limits.ts';
import { MIGRATIONS } from './migrations.ts';
import { type PolicyCall, performCall, policyStoreOf } from './policy-calls.ts';
import type { PolicyStore } from './policy-store.ts';
import { createSqliteTables } from './sqlite-tables.ts';

/** The name of the store's file within its directory. */
export const STORE_FILE_NAME = 'policies.sqlite3';

export const POLICY_STORE: SqliteStoreDefinition = {
  name: 'policy store',
  fileName: STORE_FILE_NAME,
  // "Skpo".
  applicationId: 0x53_6b_70_6f,
  migrations: MIGRATIONS,
  // What is hot is kept by the caller, the rest by the system's page cache.
  cacheKib: 2_048,
  // Lookups of many domains end at about the same time, and each transaction costs one sync of the disk.
  writesWaitMs: 2,
};

/** Which store a thread is to carry, and how. */
export interface StoreTask {
  /** Where its calls come from; moves to the thread. */
  readonly port: MessagePort;
  readonly file: string;
  readonly readOnly: boolean;
  readonly historyLimits: HistoryLimits;
}

/** What crosses the port; the first request asks whether the file could be opened. */
export interface PolicyStoreWork extends Work {
  readonly request: 'open' | 'close' | PolicyCall;
  readonly notice: never;
}

/**
 * The working side of `openSqlitePolicyStore`, for the thread in which SQLite may block. The thread lives until the other
 * side closes its end; a store that cannot be opened says why at every call.
 *
 * @param prepare what is to be done in the thread before; where it throws, the store is not opened.
 * @returns the same store for whoever is in the thread; it closes with the other side.
 */
export function serveSqlitePolicyStore(
  task: StoreTask,
  prepare = (): void => undefined,
): Omit<PolicyStore, 'close'> {
  let store: PolicyStore;
  let failure: unknown;
  try {
    prepare();
    store = openInThisThread(task);
  } catch (error) {
    failure = error;
    store = policyStoreOf(
      () => Promise.reject(error),
      () => Promise.resolve(),
    );
  }
  serveCalls<PolicyStoreWork>(task.port, (request) => {
    if (request === 'close') return store.close();
    if (request !== 'open') return performCall(store, request);
    if (failure !== undefined) throw failure;
    return undefined;
  });
  task.port.ref();
  return store;
}

function openInThisThread({ file, readOnly, historyLimits }: StoreTask): PolicyStore {
  return openSqliteStore(POLICY_STORE, { file, readOnly }, (sqlite) => {
    const tables = createSqliteTables(sqlite.database, historyLimits);
    return {
      get: sqlite.reads(tables.get),
      putPolicy: sqlite.writes(tables.putPolicy),
      putState: sqlite.writes(tables.putState),
      remove: sqlite.writes(tables.remove),
      history: sqlite.reads(tables.history),
      list: sqlite.reads(tables.list),
      listPolicyDomains: sqlite.reads(tables.listPolicyDomains),
      listDue: sqlite.reads(tables.listDue),
      sweep: sqlite.writes(tables.sweep),
      removeAll: sqlite.writes(tables.removeAll),
      count: sqlite.reads(tables.count),
      oldestFetchMs: sqlite.reads(tables.oldestFetchMs),
      close: () => sqlite.close(),
    };
  });
}
