import { openSqliteStore, type SqliteStoreOptions } from '../../io/sqlite/index.ts';
import { createDayTable } from './day-table.ts';
import { MIGRATIONS } from './migrations.ts';
import type { ReportStore } from './report-store.ts';
import { createReportTable } from './report-table.ts';
import { createSampleTable } from './sample-table.ts';
import { createSessionTable } from './session-table.ts';

/** The name of the store's file within its directory. */
export const REPORT_STORE_FILE_NAME = 'report.sqlite3';

const REPORT_STORE = {
  name: 'report store',
  fileName: REPORT_STORE_FILE_NAME,
  // "Skrp".
  applicationId: 0x53_6b_72_70,
  migrations: MIGRATIONS,
};

/**
 * Opens what is collected to be reported, kept in SQLite in this thread.
 *
 * @throws {IoError} as `openSqliteStore` does.
 */
export async function openSqliteReportStore(options: SqliteStoreOptions): Promise<ReportStore> {
  return openStore(options);
}

/** The same store for tests: kept in memory, and gone when it is closed. */
export function createMemoryReportStore(): ReportStore {
  return openStore({ file: ':memory:' });
}

function openStore(options: SqliteStoreOptions): ReportStore {
  return openSqliteStore(REPORT_STORE, options, (sqlite) => {
    const sessions = createSessionTable(sqlite.database);
    const samples = createSampleTable(sqlite.database);
    const days = createDayTable(sqlite.database);
    const reports = createReportTable(sqlite.database);
    return {
      addSessions: sqlite.writes(sessions.add),
      addSample: sqlite.writes(samples.add),
      listSamples: sqlite.reads(samples.list),
      countSamples: sqlite.reads(samples.counts),
      sealDay: sqlite.writes(days.seal),
      listOpenDays: sqlite.reads(days.listOpen),
      listDomains: sqlite.reads(sessions.listDomains),
      listSessions: sqlite.reads(sessions.list),
      putReports: sqlite.writes(reports.put),
      listUnreported: sqlite.reads(days.listUnreported),
      closeDay: sqlite.writes(days.close),
      listDue: sqlite.reads(reports.listDue),
      nextDueAtMs: sqlite.reads(reports.nextDueAtMs),
      listDeliveries: sqlite.reads(reports.listDeliveries),
      findReport: sqlite.reads(reports.find),
      listReports: sqlite.reads(reports.list),
      listSkipped: sqlite.reads(days.listSkipped),
      listDays: sqlite.reads(days.list),
      putDelivery: sqlite.writes((delivery) => reports.putDeliveries([delivery])),
      putDeliveries: sqlite.writes(reports.putDeliveries),
      countDeliveries: sqlite.reads(reports.counts),
      settleInterrupted: sqlite.writes(reports.settleInterrupted),
      forgetBefore: sqlite.writes(days.forgetBefore),
      close: () => sqlite.close(),
    };
  });
}
