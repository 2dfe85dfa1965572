/** The thread of a store that has one for itself. */
import { workerData } from 'node:worker_threads';
import { serveSqlitePolicyStore, type StoreTask } from './sqlite-policy-store.ts';

serveSqlitePolicyStore(workerData as StoreTask);
