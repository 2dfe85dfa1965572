import type { DatabaseSync } from 'node:sqlite';

/** Writes that wait for the same transaction. */
export interface GroupCommit {
  /** Resolves once the transaction with `work` in it is on the disk. */
  write<Value>(work: () => Value): Promise<Value>;
  /** Carries out what waits, at once. */
  flush(): void;
}

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Writes of one transaction; it takes some tens of milliseconds, in which nothing else is answered. */
const MOST_AT_ONCE = 128;

/**
 * Carries out all writes that are asked for in one turn of the event loop in one transaction, so that they share the
 * sync of the disk: a single one waits for nothing. When one of them fails, nothing of the group has happened, and each
 * is tried again by itself.
 *
 * @param undone is called after a rollback.
 */
export function createGroupCommit(database: DatabaseSync, undone: () => void): GroupCommit {
  let waiting: Waiting[] = [];
  let isScheduled = false;
  const schedule = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      carryOut(waiting.splice(0, MOST_AT_ONCE));
      if (waiting.length > 0) schedule();
    });
  };
  const carryOut = (group: readonly Waiting[]): void => {
    if (group.length === 0) return;
    let values: readonly unknown[];
    try {
      values = inTransaction(database, undone, () => group.map(({ work }) => work()));
    } catch (error) {
      fail(group, error);
      return;
    }
    for (const [index, { resolve }] of group.entries()) resolve(values[index] as never);
  };
  const fail = (group: readonly Waiting[], error: unknown): void => {
    const cause = error instanceof CannotBegin ? error.cause : error;
    // Trying each by itself would only wait for the same lock once more for each.
    if (group.length === 1 || error instanceof CannotBegin)
      for (const { reject } of group) reject(cause);
    else for (const one of group) carryOut([one]);
  };
  return {
    write: (work) =>
      new Promise((resolve, reject) => {
        waiting.push({ work, resolve, reject });
        schedule();
      }),
    flush() {
      while (waiting.length > 0) carryOut(waiting.splice(0, MOST_AT_ONCE));
    },
  };
}

class CannotBegin extends Error {
  override readonly name = 'CannotBegin';
}

function inTransaction<Value>(
  database: DatabaseSync,
  undone: () => void,
  work: () => Value,
): Value {
  try {
    // IMMEDIATE takes the write lock now; a lock taken half-way could not wait for another writer.
    database.exec('BEGIN IMMEDIATE');
  } catch (cause) {
    throw new CannotBegin('Cannot begin a transaction', { cause });
  }
  try {
    const value = work();
    database.exec('COMMIT');
    return value;
  } catch (error) {
    // SQLite rolls back by itself after some errors, a full disk for one.
    if (database.isTransaction) database.exec('ROLLBACK');
    undone();
    throw error;
  }
}
