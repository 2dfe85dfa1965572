/** The thread of a store that has one for itself. */
import { parentPort, workerData } from 'node:worker_threads';
import { serveSqlitePolicyStore } from './serve-store.ts';
import type { StoreTask } from './sqlite-worker-protocol.ts';

if (parentPort === null) {
  throw new TypeError('sqlite-worker must be started as a worker thread');
}
serveSqlitePolicyStore(parentPort, workerData as StoreTask);
