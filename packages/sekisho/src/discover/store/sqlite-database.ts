import type { DatabaseSync } from 'node:sqlite';
import { openSqliteFile } from '../../io/sqlite/index.ts';
import { MIGRATIONS } from './sqlite-migrations.ts';

/** "Skpo". */
const APPLICATION_ID = 0x53_6b_70_6f;

/**
 * Opens the database file and brings its schema up to date; makes file (0600) and directory (0700) when missing.
 *
 * @throws {IoError} as `openSqliteFile` does.
 */
export function openDatabase(file: string, readOnly: boolean): DatabaseSync {
  const database = openSqliteFile({
    file,
    readOnly,
    name: 'policy store',
    applicationId: APPLICATION_ID,
    migrations: MIGRATIONS,
  });
  // 2 MiB of pages: what is hot is kept by the caller, the rest by the system's page cache.
  database.exec('PRAGMA cache_size = -2048');
  return database;
}
