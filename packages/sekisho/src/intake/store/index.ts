/** Where received TLS reports are kept, and what can be asked about them (RFC 8460): the port, SQLite, and a fake in memory. */
export type * from './answers.ts';
export type * from './intake-store.ts';
export type { IntakeStoreLimits } from './limits.ts';
export {
  INTAKE_STORE_FILE_NAME,
  openMemoryIntakeStore,
  openSqliteIntakeStore,
  type SqliteIntakeStoreOptions,
} from './sqlite-intake-store.ts';
