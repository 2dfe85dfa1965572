import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { IoError } from '../../../io/error.ts';
import {
  openSqlitePolicyStore,
  type PolicyStore,
  STORE_FILE_NAME,
} from '../../../discover/store/index.ts';

/** Where the store of a state directory is. */
export function storeFile(stateDirectory: string): string {
  return join(stateDirectory, STORE_FILE_NAME);
}

/** Opens the store beside a running daemon; undefined if there is none yet. */
export async function openStoreForReading(
  stateDirectory: string,
): Promise<PolicyStore | undefined> {
  try {
    return await openSqlitePolicyStore({ directory: stateDirectory, readOnly: true });
  } catch (error) {
    if (error instanceof IoError && error.code === 'store-missing') return undefined;
    throw error;
  }
}

/** Opens the store for changes, but never makes one; undefined if there is none yet. */
export async function openStoreForWriting(
  stateDirectory: string,
): Promise<PolicyStore | undefined> {
  if (!existsSync(storeFile(stateDirectory))) return undefined;
  return openSqlitePolicyStore({ directory: stateDirectory });
}
