/** SQLite files of our own: opened with the same care, written in groups, and failures told in the same words. */
export {
  sqliteFilePath,
  type SqliteStoreDefinition,
  type SqliteStoreOptions,
} from './open-sqlite-file.ts';
export { settleSqliteFile } from './settle-sqlite-file.ts';
export { isBusy, sqliteError } from './sqlite-error.ts';
export { openSqliteStore, type SqliteStore } from './sqlite-store.ts';
