import type { DatabaseSync } from 'node:sqlite';
import { IoError } from '../error.ts';
import { sqliteError } from './sqlite-error.ts';
import { inTransaction } from './transaction.ts';

/** Makes synchronous work on a database the promises of a store. */
export interface GuardedCalls {
  /** @throws {IoError} `store-closed`, or what SQLite threw, in our words. */
  readonly guarded: <Result>(action: string, work: () => Result) => Result;
  readonly reads: <Args extends readonly unknown[], Result>(
    call: (...args: Args) => Result,
  ) => (...args: Args) => Promise<Result>;
  /** Each call is one transaction. */
  readonly writes: <Args extends readonly unknown[], Result>(
    call: (...args: Args) => Result,
  ) => (...args: Args) => Promise<Result>;
}

/** @param what the store in messages, such as `report store "/var/lib/…"`. */
export function guardCalls(database: DatabaseSync, what: string): GuardedCalls {
  const guarded = <Result>(action: string, work: () => Result): Result => {
    if (!database.isOpen) {
      throw new IoError('store-closed', `Cannot use ${what}: it is closed`, { temporary: false });
    }
    try {
      return work();
    } catch (error) {
      throw sqliteError(error, action, what);
    }
  };
  return {
    guarded,
    reads:
      (call) =>
      async (...args) =>
        guarded('read', () => call(...args)),
    writes:
      (call) =>
      async (...args) =>
        guarded('write', () => inTransaction(database, () => call(...args))),
  };
}
