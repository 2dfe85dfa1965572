import { join, resolve } from 'node:path';
import { guardCalls, openSqliteFile } from '../../io/sqlite/index.ts';
import { createDayTable } from './day-table.ts';
import { MIGRATIONS } from './migrations.ts';
import type { ReportStore } from './report-store.ts';
import { createReportTable } from './report-table.ts';
import { createSampleTable } from './sample-table.ts';
import { createSessionTable } from './session-table.ts';

/** Where the store is and how it is opened. */
export interface SqliteReportStoreOptions {
  /** The file in it is `report.sqlite3`. */
  readonly directory: string;
  /** For commands beside a running service; writes then fail. Default false. */
  readonly readOnly?: boolean;
}

/** The name of the store's file within its directory. */
export const REPORT_STORE_FILE_NAME = 'report.sqlite3';

/** "Skrp". */
const APPLICATION_ID = 0x53_6b_72_70;

/**
 * Opens what is collected to be reported, kept in SQLite in this thread. File and directory are made when missing, for
 * the owner only.
 *
 * @throws {IoError} `store-unwritable`, `store-corrupt`, `store-newer`, `store-failed`; for reading only also
 * `store-missing` and `store-older`.
 */
export async function openSqliteReportStore(
  options: SqliteReportStoreOptions,
): Promise<ReportStore> {
  const file = resolve(join(options.directory, REPORT_STORE_FILE_NAME));
  return storeIn(file, options.readOnly ?? false);
}

/** The same store for tests: kept in memory, and gone when it is closed. */
export function createFakeReportStore(): ReportStore {
  return storeIn(':memory:', false);
}

function storeIn(file: string, readOnly: boolean): ReportStore {
  const name = 'report store';
  const what = `${name} "${file}"`;
  const database = openSqliteFile({
    file,
    readOnly,
    name,
    applicationId: APPLICATION_ID,
    migrations: MIGRATIONS,
  });
  const { guarded, reads, writes } = guardCalls(database, what);

  const sessions = guarded('open', () => createSessionTable(database));
  const samples = createSampleTable(database);
  const days = createDayTable(database);
  const reports = createReportTable(database);
  return {
    addSessions: writes(sessions.add),
    addSample: writes(samples.add),
    listSamples: reads(samples.list),
    countSamples: reads(samples.counts),
    sealDay: writes(days.seal),
    listOpenDays: reads(days.listOpen),
    listDomains: reads(sessions.listDomains),
    listSessions: reads(sessions.list),
    putReports: writes(reports.put),
    listUnreported: reads(days.listUnreported),
    closeDay: writes(days.close),
    listDue: reads(reports.listDue),
    nextDueAtMs: reads(reports.nextDueAtMs),
    listDeliveries: reads(reports.listDeliveries),
    findReport: reads(reports.find),
    listReports: reads(reports.list),
    listSkipped: reads(days.listSkipped),
    listDays: reads(days.list),
    putDelivery: writes((delivery) => reports.putDeliveries([delivery])),
    putDeliveries: writes(reports.putDeliveries),
    countDeliveries: reads(reports.counts),
    settleInterrupted: writes(reports.settleInterrupted),
    forgetBefore: writes(days.forgetBefore),
    async close() {
      if (database.isOpen) database.close();
    },
  };
}
