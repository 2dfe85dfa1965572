import type { DatabaseSync } from 'node:sqlite';
import type { StoreFailure } from './store-error.ts';
import { isWrite, performCall, type StoreCall, type SyncPolicyStore } from './sync-policy-store.ts';

/** A call on its way to the worker. */
export interface StoreRequest {
  readonly seq: number;
  readonly call: StoreCall;
}

/** What became of it; a write that is answered with a value is on the disk. */
export type StoreReply =
  | { readonly seq: number; readonly value: unknown }
  | { readonly seq: number; readonly failure: StoreFailure };

/** What a batch needs. */
export interface BatchContext {
  readonly database: DatabaseSync;
  readonly tables: SyncPolicyStore;
  readonly failureOf: (error: unknown, call: StoreCall) => StoreFailure;
}

/**
 * Carries out requests in their order, all writes in one transaction, so that they share the sync of the disk.
 * When one of them fails, nothing of the batch has happened, and each is tried again by itself.
 */
export function runBatch(
  context: BatchContext,
  requests: readonly StoreRequest[],
): readonly StoreReply[] {
  try {
    return requests.some(({ call }) => isWrite(call))
      ? inTransaction(context.database, () => perform(context, requests))
      : perform(context, requests);
  } catch (error) {
    const [first, ...others] = requests;
    if (first === undefined) {
      return [];
    }
    if (others.length === 0 || error instanceof CannotBegin) {
      const cause = error instanceof CannotBegin ? error.cause : error;
      return requests.map(({ seq, call }) => ({ seq, failure: context.failureOf(cause, call) }));
    }
    return requests.flatMap((request) => runBatch(context, [request]));
  }
}

/** Trying each by itself would only wait for the same lock once more for each. */
class CannotBegin extends Error {
  override readonly name = 'CannotBegin';
}

function perform(
  { tables }: BatchContext,
  requests: readonly StoreRequest[],
): readonly StoreReply[] {
  return requests.map(({ seq, call }) => ({ seq, value: performCall(tables, call) }));
}

function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  try {
    // IMMEDIATE takes the write lock now; a lock taken half-way could not wait for another writer.
    database.exec('BEGIN IMMEDIATE');
  } catch (cause) {
    throw new CannotBegin('Cannot begin a transaction', { cause });
  }
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite rolls back by itself after some errors, a full disk for one.
    if (database.isTransaction) {
      database.exec('ROLLBACK');
    }
    throw error;
  }
}
