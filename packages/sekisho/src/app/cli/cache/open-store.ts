import { join } from 'node:path';
import { openSqlitePolicyStore, type PolicyStore } from '../../../discover/store/index.ts';
import type { Settings } from '../../config/index.ts';
import { findStore, openToRead, placeOf } from '../../state/index.ts';

/** Where the sender's store is, or would be. */
export function storeFile(settings: Settings): string {
  const { directory, storeName } = placeOf(settings, 'sender');
  return join(directory, storeName);
}

/** Opens the store beside a running daemon; undefined if there is none yet. */
export function openStoreForReading(settings: Settings): Promise<PolicyStore | undefined> {
  return openToRead(placeOf(settings, 'sender'), (directory) =>
    openSqlitePolicyStore({ directory, readOnly: true }),
  );
}

/** Opens the store for changes, but never makes one; undefined if there is none yet. */
export async function openStoreForWriting(settings: Settings): Promise<PolicyStore | undefined> {
  // Only here: it loads SQLite.
  const { prepareToWrite } = await import('../../state/enter-role.ts');
  const place = placeOf(settings, 'sender');
  prepareToWrite(place);
  return findStore(place) && openSqlitePolicyStore({ directory: place.directory });
}
