/** The back thread: everything that waits, computes or blocks for long, so that answers never do. */
import { workerData } from 'node:worker_threads';
import { serveSqlitePolicyStore } from '../../../discover/store/index.ts';
import { serveCalls } from '../../../io/thread/index.ts';
import { type EnteredRole, enterRole, tellTakenOver } from '../../state/enter-role.ts';
import { createDiscoverers } from './discoverers.ts';
import { createForwardingLog } from './forwarding-log.ts';
import type { BackTask, BackWork } from './requests.ts';

const { place, store: task, calls } = workerData as BackTask;
let role: EnteredRole | undefined;
// Here, where SQLite is: the thread that answers opens no database.
const store = serveSqlitePolicyStore(task, () => {
  role = enterRole(place);
});
const perform = createDiscoverers(store, (notice) => served.notify(notice));
const served = serveCalls<BackWork>(calls, perform);
if (role !== undefined)
  tellTakenOver(
    place,
    role.takenOver,
    createForwardingLog('info', (event) => served.notify(event)),
  );
process.once('exit', () => role?.leave());
