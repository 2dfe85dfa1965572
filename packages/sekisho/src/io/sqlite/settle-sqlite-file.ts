import { DatabaseSync } from 'node:sqlite';
import { IoError } from '../error.ts';
import { isBusy, sqliteError } from './sqlite-error.ts';

/** How long another process may take to let go of the file. */
const WAIT_MS = 5000;
const LOOK_MS = 50;

/**
 * Brings a database into one file, without `-wal` and `-shm`, so that it can be renamed; blocks. Whoever opens it next
 * for writing chooses the journal again.
 *
 * @param name what it is in messages, such as `report store`.
 * @throws {IoError} `store-in-use` when another process has it open, or what `openSqliteFile` throws.
 */
export function settleSqliteFile(file: string, name: string, waitMs = WAIT_MS): void {
  const what = `${name} "${file}"`;
  try {
    const database = new DatabaseSync(file);
    try {
      const deadlineMs = performance.now() + waitMs;
      while (!leaveWal(database)) {
        if (performance.now() >= deadlineMs) throw inUse(what);
        pause();
      }
    } finally {
      database.close();
    }
  } catch (error) {
    throw sqliteError(error, 'settle', what);
  }
}

/** False while others have the file open. */
function leaveWal(database: DatabaseSync): boolean {
  try {
    database.exec('PRAGMA journal_mode = DELETE');
    return true;
  } catch (error) {
    // SQLite does not wait by itself here.
    if (isBusy(error)) return false;
    throw error;
  }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
}

function inUse(what: string): IoError {
  const why = 'another process has it open; end it, and try again';
  return new IoError('store-in-use', `Cannot move ${what}: ${why}`, { temporary: true });
}
