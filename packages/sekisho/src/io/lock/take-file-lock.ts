import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { giveToOwnerOfDirectory } from '../directories/index.ts';
import { isBusy, sqliteError } from '../sqlite/index.ts';
import type { HeldElsewhere, Lock, TakeLock } from './lock.ts';

/** How long one that is just being given back is waited for. */
const WAIT_MS = 1000;

/**
 * The lock is a transaction that is begun on a SQLite file and never ended: the kernel releases it with the process,
 * which no file that is left behind does. The file's `user_version` is the number of the process, and can be read
 * meanwhile.
 */
export const takeFileLock: TakeLock = (path) => {
  try {
    createFile(path);
    return lock(new DatabaseSync(path, { timeout: WAIT_MS }));
  } catch (error) {
    throw sqliteError(error, 'use', `lock "${path}"`);
  }
};

/** SQLite would make the file readable for all. */
function createFile(path: string): void {
  try {
    // Never opens a file that exists: closing it would drop the locks that SQLite holds in this process.
    closeSync(openSync(path, 'wx', 0o600));
    giveToOwnerOfDirectory(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function lock(database: DatabaseSync): Lock | HeldElsewhere {
  try {
    database.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${process.pid}; COMMIT`);
    // Whoever comes in between the two has it.
    database.exec('BEGIN IMMEDIATE');
    return {
      kind: 'taken',
      release() {
        if (database.isOpen) database.close();
      },
    };
  } catch (error) {
    const held = isBusy(error) ? { kind: 'held' as const, pid: readPid(database) } : undefined;
    database.close();
    if (held === undefined) throw error;
    return held;
  }
}

/** Undefined where the holder is just writing it. */
function readPid(database: DatabaseSync): number | undefined {
  try {
    const pid = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    return pid > 0 ? pid : undefined;
  } catch (error) {
    if (isBusy(error)) return undefined;
    throw error;
  }
}
