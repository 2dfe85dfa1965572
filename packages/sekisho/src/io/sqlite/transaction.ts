import type { DatabaseSync } from 'node:sqlite';

/** The lock for writing could not be had: nothing has happened, and trying again would only wait as long again. */
export class CannotBegin extends Error {
  override readonly name = 'CannotBegin';
}

/**
 * Carries out `work` whole or not at all.
 *
 * @throws {CannotBegin} with what SQLite threw as its cause; else what `work` or the commit throws.
 */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
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
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
