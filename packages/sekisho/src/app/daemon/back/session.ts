import { MessageChannel, type Worker } from 'node:worker_threads';
import type { IoError } from '../../../io/error.ts';
import {
  openSqlitePolicyStore,
  type PolicyStore,
  type StoreTask,
} from '../../../discover/store/index.ts';
import { Caller, startThread } from '../../../io/thread/index.ts';
import type { RolePlace } from '../../state/index.ts';
import type { BackNotice, BackTask, BackWork } from './requests.ts';

/** One life of the back thread. */
export interface Session {
  readonly store: PolicyStore;
  readonly call: Caller<BackWork>['call'];
  close(): Promise<void>;
}

export interface SessionParts {
  /** Where the sender keeps its files. */
  readonly place: RolePlace;
  /** Starts the thread; for tests. */
  readonly startWorker?: (task: BackTask) => Worker;
}

export interface SessionEvents {
  readonly onNotice: (notice: BackNotice) => void;
  /** Told once if the thread ends by itself. */
  readonly onDeath: (error: IoError) => void;
}

/**
 * Starts the thread; it has the sender's lock and its store is open then.
 *
 * @throws IoError when another sender has the lock, or the store cannot be opened.
 */
export async function startSession(
  { place, startWorker = startBackWorker }: SessionParts,
  { onNotice, onDeath }: SessionEvents,
): Promise<Session> {
  const { port1: ours, port2: calls } = new MessageChannel();
  const caller = new Caller<BackWork>(ours, { onNotice });
  const startStoreThread = (store: StoreTask): Worker => startWorker({ place, store, calls });
  try {
    const store = await openSqlitePolicyStore({
      directory: place.directory,
      onError: onDeath,
      startThread: startStoreThread,
    });
    return {
      store,
      call: (request, signal) => caller.call(request, signal),
      async close() {
        caller.close();
        await store.close();
      },
    };
  } catch (error) {
    caller.close();
    throw error;
  }
}

function startBackWorker(task: BackTask): Worker {
  return startThread(new URL('./back-worker.ts', import.meta.url), {
    name: 'back',
    data: task,
    transfer: [task.store.port, task.calls],
    // What many bodies of 64 KiB at once need.
    heapMiB: 256,
  });
}
