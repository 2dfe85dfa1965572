import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { IoError } from '../../io/error.ts';
import { sqliteFilePath, type SqliteStoreOptions } from '../../io/sqlite/index.ts';
import { Caller, startThread } from '../../io/thread/index.ts';
import { HISTORY_LIMITS, type HistoryLimits } from './limits.ts';
import { policyStoreOf } from './policy-calls.ts';
import type { PolicyStore } from './policy-store.ts';
import { POLICY_STORE, type PolicyStoreWork, type StoreTask } from './sqlite-policy-store.ts';

/**
 * Calls that the thread may have at once: enough to share one sync of the disk among many, few enough that their texts
 * (64 KiB each, RFC 8461 §3.3) fit into its memory.
 */
const MOST_UNDER_WAY = 256;
/** What that many calls with large texts need. */
const HEAP_MIB = 128;

export type SqlitePolicyStoreOptions = SqliteStoreOptions & {
  readonly historyLimits?: Partial<HistoryLimits>;
  /** Told once when the store dies while open; every pending and later call fails with the same error. */
  readonly onError?: (error: IoError) => void;
  /** Starts a thread that gives the task to `serveSqlitePolicyStore`. Default: one for this alone. */
  readonly startThread?: (task: StoreTask) => Worker;
};

/**
 * Opens policies kept in SQLite, in a thread of its own.
 *
 * @throws {IoError} as `openSqliteStore` does.
 */
export async function openSqlitePolicyStore(
  options: SqlitePolicyStoreOptions,
): Promise<PolicyStore> {
  const { readOnly = false, historyLimits, startThread: start = startOwnThread } = options;
  const file = sqliteFilePath(POLICY_STORE, options);
  const { port1, port2: port } = new MessageChannel();
  const limits = { ...HISTORY_LIMITS, ...historyLimits };
  const worker = start({ port, file, readOnly, historyLimits: limits });
  const thread = new StoreThread(worker, port1, file);
  await thread.open(options.onError);
  return policyStoreOf(
    (call) => thread.call(call),
    () => thread.close(),
  );
}

function startOwnThread(task: StoreTask): Worker {
  const module = new URL('./sqlite-worker.ts', import.meta.url);
  const transfer = [task.port];
  return startThread(module, { name: 'policy-store', data: task, transfer, heapMiB: HEAP_MIB });
}

/** This side of the thread: knows why it has ended, and closes it. */
export class StoreThread {
  readonly #caller: Caller<PolicyStoreWork>;
  readonly #file: string;
  readonly #ended: Promise<void>;
  #reason = 'its thread ended';
  #closing: Promise<void> | undefined;

  constructor(worker: Worker, port: MessagePort, file: string) {
    this.#caller = new Caller<PolicyStoreWork>(port, { mostUnderWay: MOST_UNDER_WAY });
    this.#file = file;
    worker.on('error', (error) => {
      this.#reason = `its thread died: ${String(error)}`;
    });
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#caller.close();
        resolve();
      });
    });
  }

  /** Resolves once the file is open; from then on `onError` is told if the thread ends by itself. */
  async open(onError: (error: IoError) => void = () => undefined): Promise<void> {
    try {
      await this.call('open');
    } catch (error) {
      await this.close();
      throw error;
    }
    void this.#ended.then(() => {
      if (this.#closing === undefined) onError(this.#failure());
    });
  }

  /** Whether a write that was pending at the thread's end reached the disk is not known; it must not be taken as written. */
  async call(request: PolicyStoreWork['request']): Promise<unknown> {
    if (this.#closing !== undefined) {
      const message = `Cannot use policy store "${this.#file}": it is closed`;
      throw new IoError('store-closed', message, { temporary: false });
    }
    try {
      return await this.#caller.call(request);
    } catch (error) {
      if (!(error instanceof IoError && error.code === 'thread-ended')) throw error;
      // Only then is it known why.
      await this.#ended;
      throw this.#failure();
    }
  }

  /** Waits for the calls before. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // A thread that has ended has nothing to close.
    await this.#caller.call('close').catch(() => undefined);
    this.#caller.close();
    await this.#ended;
  }

  #failure(): IoError {
    const message = `Cannot use policy store "${this.#file}": ${this.#reason}; restart sekisho`;
    return new IoError('store-failed', message, { temporary: false });
  }
}
