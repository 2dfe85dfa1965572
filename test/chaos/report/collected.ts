import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import {
  openSqliteReportStore,
  REPORT_STORE_FILE_NAME,
  type SessionSource,
} from '../../../packages/sekisho/src/report/store/index.ts';
import type { Domain } from '@sekisho/spec';

/** Sessions of a domain that the store in a directory holds, by where they came from, on whatever day. */
export type Collected = Partial<Record<SessionSource, number>>;

/** Looks into a store beside the service that writes it. */
export async function readCollected(directory: string, domain: string): Promise<Collected> {
  const store = await openSqliteReportStore({ directory, readOnly: true });
  try {
    const found: Collected = {};
    for (const day of await store.listOpenDays())
      for (const { source, count } of await store.listSessions(day, domain as Domain))
        found[source] = (found[source] ?? 0) + count;
    return found;
  } finally {
    await store.close();
  }
}

/** What SQLite says of the file; `['ok']` if all is well. */
export function checkReportStore(directory: string): readonly unknown[] {
  const database = new DatabaseSync(join(directory, REPORT_STORE_FILE_NAME));
  const found = database.prepare('PRAGMA integrity_check').all();
  database.close();
  return found.map((row) => row['integrity_check']);
}
