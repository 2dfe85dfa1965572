import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { IoError } from '../../io/error.ts';
import { HISTORY_LIMITS, type HistoryLimits } from './limits.ts';
import type { PolicyStore } from './policy-store.ts';
import { SqliteWorkerClient } from './sqlite-worker-client.ts';
import type { StoreTask } from './sqlite-worker-protocol.ts';
import { policyStoreOf } from './sync-policy-store.ts';

/** Where the store is and how it is opened. */
export type SqlitePolicyStoreOptions = {
  /** For `cache list` and the like beside a running daemon; writes then fail. Default false. */
  readonly readOnly?: boolean;
  readonly historyLimits?: Partial<HistoryLimits>;
  /** Told once when the store dies while open; every pending and later call fails with the same error. */
  readonly onError?: (error: IoError) => void;
  /** Starts a thread that gives the task, with its parent's port, to `serveSqlitePolicyStore`. Default: one for this alone. */
  readonly startThread?: (task: StoreTask) => Worker;
} & (
  | { readonly file: string; readonly directory?: never }
  /** The file in it is `policies.sqlite3`. */
  | { readonly directory: string; readonly file?: never }
);

/** The name of the store's file within its directory. */
export const STORE_FILE_NAME = 'policies.sqlite3';

/**
 * Opens policies kept in SQLite, in a thread of its own; file and directory are made when missing, for the owner only.
 *
 * @throws {IoError} `store-unwritable`, `store-corrupt`, `store-newer`, `store-failed`; for reading only also
 * `store-missing` and `store-older`.
 */
export async function openSqlitePolicyStore(
  options: SqlitePolicyStoreOptions,
): Promise<PolicyStore> {
  const { readOnly = false, historyLimits, startThread = startOwnThread, onError } = options;
  const file = resolve(options.file ?? join(options.directory, STORE_FILE_NAME));
  const thread = startThread({
    file,
    readOnly,
    historyLimits: { ...HISTORY_LIMITS, ...historyLimits },
  });
  const client = new SqliteWorkerClient(thread, file, onError);
  await client.opened;
  return policyStoreOf(
    (call) => client.call(call),
    () => client.close(),
  );
}

function startOwnThread(task: StoreTask): Worker {
  // The sources run as they are; in the published package the neighbour is compiled as well.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new Worker(new URL(`./sqlite-worker.${extension}`, import.meta.url), {
    name: 'policy-store',
    workerData: task,
    // Flags of the process may not suit a thread; it needs none.
    execArgv: [],
    // A ceiling for what 256 calls with large texts need, not what is used.
    resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 },
  });
}
