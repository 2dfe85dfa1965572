/** The thread in which SQLite may block: opens the file, carries out calls in batches, ends on request. */
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { type BatchContext, runBatch, type StoreRequest } from './sqlite-batch.ts';
import { openDatabase } from './sqlite-database.ts';
import { storeFailureOf } from './sqlite-failure.ts';
import { createSqliteTables } from './sqlite-tables.ts';
import type { FromWorker, ToWorker, WorkerOptions } from './sqlite-worker-protocol.ts';
import { isWrite } from './sync-policy-store.ts';

if (parentPort === null) {
  throw new TypeError('sqlite-worker must be started as a worker thread');
}
const port = parentPort;
const { file, readOnly, historyLimits } = workerData as WorkerOptions;

try {
  const database = openDatabase(file, readOnly);
  serve(database, {
    database,
    tables: createSqliteTables(database, historyLimits),
    failureOf: (error, call) => storeFailureOf(error, isWrite(call) ? 'write' : 'read', file),
  });
  tell({ kind: 'open' });
} catch (error) {
  tell({ kind: 'not-open', failure: storeFailureOf(error, 'open', file) });
}

function serve(database: DatabaseSync, context: BatchContext): void {
  let queue: StoreRequest[] = [];
  let scheduled = false;

  function turn(): void {
    scheduled = false;
    const requests = queue;
    queue = [];
    tell({ kind: 'replies', replies: runBatch(context, requests) });
  }

  port.on('message', (message: ToWorker) => {
    if (message === 'close') {
      if (scheduled) {
        turn();
      }
      database.close();
      port.close();
      return;
    }
    queue.push(...message);
    if (!scheduled) {
      scheduled = true;
      // After everything that has arrived meanwhile: it shares the transaction.
      setImmediate(turn);
    }
  });
}

function tell(message: FromWorker): void {
  port.postMessage(message);
}
