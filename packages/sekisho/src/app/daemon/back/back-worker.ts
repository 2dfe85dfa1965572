/** The back thread: everything that waits, computes or blocks for long, so that answers never do. */
import { workerData } from 'node:worker_threads';
import { serveSqlitePolicyStore } from '../../../discover/store/index.ts';
import { serveCalls } from '../../../io/thread/index.ts';
import { createDiscoverers } from './discoverers.ts';
import type { BackTask, BackWork } from './requests.ts';

const { store: task, calls } = workerData as BackTask;
const store = serveSqlitePolicyStore(task);
const perform = createDiscoverers(store, (notice) => served.notify(notice));
const served = serveCalls<BackWork>(calls, perform);
