import { MessageChannel, Worker } from 'node:worker_threads';
import type { IoError } from '../../../io/error.ts';
import {
  openSqlitePolicyStore,
  type PolicyStore,
  type StoreTask,
} from '../../../discover/store/index.ts';
import { type Caller, createCaller } from '../../../io/thread/index.ts';
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
  const caller = createCaller<BackWork>(ours, onNotice);
  const startThread = (store: StoreTask): Worker => startWorker({ place, store, calls });
  try {
    const { directory } = place;
    const store = await openSqlitePolicyStore({ directory, onError: onDeath, startThread });
    return {
      store,
      call: caller.call,
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
  // The sources run as they are; in the published package the neighbour is compiled as well.
  const isSource = import.meta.url.endsWith('.ts');
  return new Worker(new URL(`./back-worker.${isSource ? 'ts' : 'js'}`, import.meta.url), {
    name: 'back',
    workerData: task,
    transferList: [task.calls],
    // Flags of the process may not suit a thread.
    execArgv: isSource ? ['--conditions=sekisho-source'] : [],
    // A ceiling for what many bodies of 64 KiB at once need, not what is used.
    resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 8 },
  });
}
