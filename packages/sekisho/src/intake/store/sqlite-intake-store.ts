import { createAlertTable } from '../../alert/index.ts';
import { openSqliteStore, type SqliteStoreOptions } from '../../io/sqlite/index.ts';
import { createScopedQueries } from './scoped-queries.ts';
import { createFailureQuestions } from './failure-questions.ts';
import type { IntakeStore } from './intake-store.ts';
import { INTAKE_STORE_LIMITS, type IntakeStoreLimits } from './limits.ts';
import { MIGRATIONS } from './migrations.ts';
import { createNames } from './names.ts';
import { createPutReport } from './put-report.ts';
import { createRefusedTable } from './refused-table.ts';
import { createReportQuestions } from './report-questions.ts';
import { createSweep } from './sweep.ts';
import { createTotals } from './totals.ts';

export type SqliteIntakeStoreOptions = SqliteStoreOptions & {
  readonly limits?: Partial<IntakeStoreLimits>;
};

/** The name of the store's file within its directory. */
export const INTAKE_STORE_FILE_NAME = 'intake.sqlite3';

const INTAKE_STORE = {
  name: 'intake store',
  fileName: INTAKE_STORE_FILE_NAME,
  // "Skin".
  applicationId: 0x53_6b_69_6e,
  migrations: MIGRATIONS,
  // The pages that reports of a few days and their sums change.
  cacheKib: 32_768,
};

/**
 * Opens the received reports, kept in SQLite in this thread.
 *
 * @throws {IoError} as `openSqliteStore` does.
 */
export async function openSqliteIntakeStore(
  options: SqliteIntakeStoreOptions,
): Promise<IntakeStore> {
  const limits = { ...INTAKE_STORE_LIMITS, ...options.limits };
  return openSqliteStore(INTAKE_STORE, options, (sqlite) => {
    const { database } = sqlite;
    const names = createNames(database);
    // Numbers given to names in it are void.
    sqlite.onRollback(() => names.forget());
    const queries = createScopedQueries(database, names);
    const totals = createTotals(queries);
    const failures = createFailureQuestions(queries);
    const reports = createReportQuestions(database, names, queries);
    const refused = createRefusedTable(database);
    const alerts = createAlertTable(database);
    return {
      putReport: sqlite.writes(createPutReport(database, names)),
      putRefused: sqlite.writes(refused.putRefused),
      listDomainTotals: sqlite.reads(totals.listDomainTotals),
      listReporterTotals: sqlite.reads(totals.listReporterTotals),
      listResultTotals: sqlite.reads(totals.listResultTotals),
      listMxTotals: sqlite.reads(totals.listMxTotals),
      listDayTotals: sqlite.reads(totals.listDayTotals),
      listPolicyTotals: sqlite.reads(totals.listPolicyTotals),
      listFailureGroups: sqlite.reads(failures.listFailureGroups),
      listFailures: sqlite.reads(failures.listFailures),
      listReporterDays: sqlite.reads(totals.listReporterDays),
      listReports: sqlite.reads(reports.listReports),
      getReport: sqlite.reads(reports.getReport),
      listConflicts: sqlite.reads(reports.listConflicts),
      listRefused: sqlite.reads(refused.listRefused),
      getRefusedBytes: sqlite.reads(refused.getRefusedBytes),
      countRefused: sqlite.reads(refused.countRefused),
      listAlerts: sqlite.reads(alerts.listAlerts),
      putAlerts: sqlite.writes(alerts.putAlerts),
      sweep: createSweep(sqlite, limits),
      close: () => sqlite.close(),
    };
  });
}

/** The same store for tests: kept in memory, and gone when it is closed. */
export function openMemoryIntakeStore(limits?: Partial<IntakeStoreLimits>): Promise<IntakeStore> {
  return openSqliteIntakeStore({ file: ':memory:', ...(limits && { limits }) });
}
