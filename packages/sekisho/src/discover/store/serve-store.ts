import type { MessagePort } from 'node:worker_threads';
import type { PolicyStore } from './policy-store.ts';
import { runBatch, type StoreReply, type StoreRequest } from './sqlite-batch.ts';
import { openDatabase } from './sqlite-database.ts';
import { storeFailureOf } from './sqlite-failure.ts';
import { createSqliteTables } from './sqlite-tables.ts';
import type { FromWorker, StoreTask, ToWorker } from './sqlite-worker-protocol.ts';
import { type StoreFailure, storeError } from './store-error.ts';
import { isWrite, policyStoreOf, type StoreCall } from './sync-policy-store.ts';

/** Writes from within the thread wait so long for company, as those from outside do. */
const WRITES_WAIT_MS = 2;

/**
 * The working side of `openSqlitePolicyStore`, for the thread in which SQLite may block: opens the file, carries out
 * calls in batches, and closes file and port on request.
 *
 * @param prepare what is to be done in the thread before; where it throws, the store is not opened.
 * @returns the same store for whoever is in the thread; it closes with the other side.
 */
export function serveSqlitePolicyStore(
  port: MessagePort,
  task: StoreTask,
  prepare = (): void => undefined,
): Omit<PolicyStore, 'close'> {
  const tell = (message: FromWorker): void => port.postMessage(message);
  try {
    prepare();
    const opened = open(task);
    const turns = createTurns(opened.run, (replies) => tell({ kind: 'replies', replies }));
    port.on('message', (message: ToWorker) => {
      if (message !== 'close') {
        turns.addFromPort(message);
        return;
      }
      turns.finish();
      opened.close();
      port.close();
    });
    tell({ kind: 'open' });
    return storeOf((call) => turns.call(call));
  } catch (error) {
    const failure = storeFailureOf(error, 'open', task.file);
    tell({ kind: 'not-open', failure });
    return storeOf(() => Promise.reject(storeError(failure)));
  }
}

/** Closing is for the other side. */
const storeOf = (perform: (call: StoreCall) => Promise<unknown>): PolicyStore =>
  policyStoreOf(perform, async () => undefined);

function open({ file, readOnly, historyLimits }: StoreTask) {
  const database = openDatabase(file, readOnly);
  const context = {
    database,
    tables: createSqliteTables(database, historyLimits),
    failureOf: (error: unknown, call: StoreCall): StoreFailure =>
      storeFailureOf(error, isWrite(call) ? 'write' : 'read', file),
  };
  return {
    run: (requests: readonly StoreRequest[]) => runBatch(context, requests),
    close: () => database.close(),
  };
}

/** Gathers calls from both sides into batches, in the order in which they come. */
function createTurns(
  run: (requests: readonly StoreRequest[]) => readonly StoreReply[],
  tell: (replies: readonly StoreReply[]) => void,
) {
  let queue: StoreRequest[] = [];
  let timer: NodeJS.Timeout | undefined;
  let scheduled: NodeJS.Immediate | undefined;
  /** The calls from within have numbers below zero. */
  let lastSeq = 0;
  const waiting = new Map<number, (reply: StoreReply) => void>();

  const turn = (): void => {
    clearTimeout(timer);
    clearImmediate(scheduled);
    timer = undefined;
    scheduled = undefined;
    const requests = queue;
    queue = [];
    const replies = run(requests);
    const outside = replies.filter(({ seq }) => seq > 0);
    if (outside.length > 0) tell(outside);
    for (const reply of replies) {
      waiting.get(reply.seq)?.(reply);
      waiting.delete(reply.seq);
    }
  };
  // After everything that has arrived meanwhile: it shares the transaction.
  const turnSoon = (): void => void (scheduled ??= setImmediate(turn));

  return {
    addFromPort(requests: readonly StoreRequest[]): void {
      queue.push(...requests);
      turnSoon();
    },
    call(call: StoreCall): Promise<unknown> {
      lastSeq -= 1;
      const seq = lastSeq;
      queue.push({ seq, call });
      if (isWrite(call)) timer ??= setTimeout(turn, WRITES_WAIT_MS);
      else turnSoon();
      return new Promise((resolve, reject) => {
        waiting.set(seq, (reply) => {
          if ('failure' in reply) reject(storeError(reply.failure));
          else resolve(reply.value);
        });
      });
    },
    finish(): void {
      if (queue.length > 0) turn();
    },
  };
}
