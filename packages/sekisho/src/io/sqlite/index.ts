/** SQLite files of our own: opened with the same care for every store, and failures told in the same words. */
export { openSqliteFile, type SqliteFile } from './open-sqlite-file.ts';
export { isBusy, sqliteError } from './sqlite-error.ts';
export { settleSqliteFile } from './settle-sqlite-file.ts';
export { guardCalls, type GuardedCalls } from './guard-calls.ts';
