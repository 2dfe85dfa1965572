/** The back thread: everything that waits, computes or blocks for long, so that answers never do. */
import { parentPort, workerData } from 'node:worker_threads';
import { serveSqlitePolicyStore } from '../../../discover/store/index.ts';
import { serveCalls } from '../../../io/thread/index.ts';
import { createDiscoverers } from './discoverers.ts';
import type { BackTask, BackWork } from './requests.ts';

if (parentPort === null) {
  throw new TypeError('back-worker must be started as a worker thread');
}
const { store: task, calls } = workerData as BackTask;
const store = serveSqlitePolicyStore(parentPort, task);
const perform = createDiscoverers(store, (notice) => served.notify(notice));
const served = serveCalls<BackWork>(calls, perform);
