import { sqliteError } from '../../io/sqlite/index.ts';
import type { StoreFailure } from './store-error.ts';

/** Turns what SQLite or the file system threw into the failure that is told to the caller. */
export function storeFailureOf(error: unknown, action: string, file: string): StoreFailure {
  const { code, message, temporary } = sqliteError(error, action, `policy store "${file}"`);
  return { code, message, temporary };
}
