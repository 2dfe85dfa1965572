import { closeSync, lstatSync, openSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { makeDirectory } from '../directories/index.ts';
import { IoError } from '../error.ts';
import { inTransaction } from './transaction.ts';

/** What a store is, wherever its file lies. */
export interface SqliteStoreDefinition {
  /** What it is in messages, such as `publish store`. */
  readonly name: string;
  /** Of its file within its directory, such as `publish.sqlite3`. */
  readonly fileName: string;
  /** Marks the file as ours for `file(1)`, and keeps us from writing into somebody else's database. */
  readonly applicationId: number;
  /** One step a version of the schema. */
  readonly migrations: readonly string[];
  /** Pages that SQLite keeps in memory. Default 2,000 KiB. */
  readonly cacheKib?: number;
  /** How long a write waits for others to share its transaction. Default: until all that has arrived was read. */
  readonly writesWaitMs?: number;
}

/** Where a store is and how it is opened. */
export type SqliteStoreOptions = {
  /** For commands beside a running service; writes then fail. Default false. */
  readonly readOnly?: boolean;
} & (
  | { readonly directory: string; readonly file?: never }
  /** `:memory:` is kept in memory, and gone when it is closed. */
  | { readonly file: string; readonly directory?: never }
);

/** A definition with the file that is meant. */
type SqliteFile = SqliteStoreDefinition & { readonly file: string; readonly readOnly: boolean };

/** How long a call waits for another process that writes. */
const BUSY_TIMEOUT_MS = 5_000;
const MEMORY = ':memory:';

/** The absolute path of a store's file, or `:memory:`. */
export function sqliteFilePath(
  { fileName }: Pick<SqliteStoreDefinition, 'fileName'>,
  options: SqliteStoreOptions,
): string {
  const path = options.file ?? join(options.directory, fileName);
  return path === MEMORY ? path : resolve(path);
}

/** Opens a database and brings its schema up to date; makes file (0600) and directory (0700) when missing. */
export function openSqliteFile(given: SqliteFile): DatabaseSync {
  const { file, readOnly, migrations, cacheKib } = given;
  if (file !== MEMORY) demandFile(given);
  // Threads that only ask another one for what a store knows come by here without loading SQLite.
  const { DatabaseSync: Database } = process.getBuiltinModule('node:sqlite');
  const database = new Database(file, { readOnly, timeout: BUSY_TIMEOUT_MS });
  try {
    // Looked at before anything is changed: the file may belong to a later version or to another program.
    const isUpToDate = schemaVersion(database, given) === migrations.length;
    if (!readOnly) configure(database);
    if (!isUpToDate) migrate(database, given);
    if (cacheKib !== undefined) database.exec(`PRAGMA cache_size = -${cacheKib}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function demandFile(given: SqliteFile): void {
  const { file, readOnly } = given;
  const isFile = statSync(file, { throwIfNoEntry: false })?.isFile();
  if (isFile === false) throw refusal(given, 'store-corrupt', 'it is no file; move it away');
  if (isFile === true) return;
  if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) {
    const why =
      'it is a link to a file that is not there; bring that file back, or take the link away';
    throw refusal(given, 'store-unreadable', why);
  }
  if (!readOnly) createFile(file);
  else
    throw refusal(given, 'store-missing', 'there is no such file; the service makes it at start');
}

/** SQLite would make the file readable for all; its `-wal` and `-shm` take over the mode of this one. */
function createFile(file: string): void {
  makeDirectory(dirname(file), 0o700);
  try {
    // Never opens a file that exists: closing it would drop the locks that SQLite holds in this process.
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== 'EEXIST') throw error;
  }
}

function configure(database: DatabaseSync): void {
  database.exec('PRAGMA journal_mode = WAL');
  // FULL syncs at each commit; NORMAL could lose acknowledged writes when the power fails.
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA journal_size_limit = 16777216');
}

function migrate(database: DatabaseSync, given: SqliteFile): void {
  if (given.readOnly) {
    const why = 'its schema is older than this version of sekisho; start the service once';
    throw refusal(given, 'store-older', why);
  }
  inTransaction(database, () => {
    // Asked again under the lock: another process may just have done it.
    for (const step of given.migrations.slice(schemaVersion(database, given))) database.exec(step);
    database.exec(`PRAGMA application_id = ${given.applicationId}`);
    database.exec(`PRAGMA user_version = ${given.migrations.length}`);
  });
}

function schemaVersion(database: DatabaseSync, given: SqliteFile): number {
  const version = pragma(database, 'user_version');
  const isForeign = pragma(database, 'application_id') !== given.applicationId;
  if (isForeign && pragma(database, 'schema_version') > 0) {
    const why = 'it is the database of another program; give sekisho a directory of its own';
    throw refusal(given, 'store-corrupt', why);
  }
  const known = given.migrations.length;
  if (version > known) {
    const why = `its schema has version ${version}, this sekisho knows ${known} at most; install the later sekisho again, or move the file away`;
    throw refusal(given, 'store-newer', why);
  }
  return version;
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function refusal({ name, file }: SqliteFile, code: string, why: string): IoError {
  return new IoError(code, `Cannot open ${name} "${file}": ${why}`, { temporary: false });
}
