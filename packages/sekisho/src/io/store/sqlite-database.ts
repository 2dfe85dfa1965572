import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS } from './sqlite-migrations.ts';
import { StoreFault } from './store-error.ts';

/** How long a call waits for another process that writes. */
const BUSY_TIMEOUT_MS = 5_000;
/** Marks the file as ours for `file(1)`, and keeps us from writing into somebody else's database: "Skpo". */
const APPLICATION_ID = 0x53_6b_70_6f;

/** Opens the database file and brings its schema up to date; makes file (0600) and directory (0700) when missing. */
export function openDatabase(file: string, readOnly: boolean): DatabaseSync {
  if (!readOnly) {
    createFile(file);
  } else if (!existsSync(file)) {
    throw new StoreFault(
      'store-missing',
      `Cannot open policy store "${file}": there is no such file; the daemon makes it when it starts`,
    );
  }
  const database = new DatabaseSync(file, { readOnly, timeout: BUSY_TIMEOUT_MS });
  try {
    // Looked at before anything is changed: the file may belong to a later version or to another program.
    const upToDate = schemaVersion(database, file) === MIGRATIONS.length;
    configure(database, readOnly);
    if (!upToDate) {
      migrate(database, file, readOnly);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLite would make the file readable for all; its `-wal` and `-shm` take over the mode of this one. */
function createFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    // Never opens a file that exists: closing it would drop the locks that SQLite holds in this process.
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== 'EEXIST') {
      throw error;
    }
  }
}

function configure(database: DatabaseSync, readOnly: boolean): void {
  // 2 MiB of pages: what is hot is kept by the caller, the rest by the system's page cache.
  database.exec('PRAGMA cache_size = -2048');
  if (!readOnly) {
    database.exec('PRAGMA journal_mode = WAL');
    // FULL syncs at each commit; NORMAL could lose acknowledged writes when the power fails.
    database.exec('PRAGMA synchronous = FULL');
    database.exec('PRAGMA journal_size_limit = 16777216');
  }
}

function migrate(database: DatabaseSync, file: string, readOnly: boolean): void {
  if (readOnly) {
    throw new StoreFault(
      'store-older',
      `Cannot read policy store "${file}": its schema is older than this version of sekisho; start the daemon once`,
    );
  }
  database.exec('BEGIN IMMEDIATE');
  try {
    // Asked again under the lock: another process may just have done it.
    for (const step of MIGRATIONS.slice(schemaVersion(database, file))) {
      database.exec(step);
    }
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) {
      database.exec('ROLLBACK');
    }
    throw error;
  }
}

function schemaVersion(database: DatabaseSync, file: string): number {
  const version = pragma(database, 'user_version');
  const foreign = pragma(database, 'application_id') !== APPLICATION_ID;
  const used = pragma(database, 'schema_version') > 0;
  if (foreign && used) {
    throw new StoreFault(
      'store-corrupt',
      `Cannot open policy store "${file}": it is the database of another program; give sekisho a directory of its own`,
    );
  }
  if (version > MIGRATIONS.length) {
    throw new StoreFault(
      'store-newer',
      `Cannot open policy store "${file}": its schema has version ${version}, this sekisho knows ${MIGRATIONS.length} at most; install the later sekisho again, or move the file away`,
    );
  }
  return version;
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
