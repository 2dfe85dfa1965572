import { join, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { createAlertTable } from '../../alert/index.ts';
import { IoError } from '../../io/error.ts';
import { openSqliteFile, sqliteError } from '../../io/sqlite/index.ts';
import { createAsking } from './asking.ts';
import { createFailureQuestions } from './failure-questions.ts';
import { summariseForGate } from './gate-evidence.ts';
import { createGroupCommit } from './group-commit.ts';
import type { IntakeStore } from './intake-store.ts';
import { INTAKE_STORE_LIMITS, type IntakeStoreLimits } from './limits.ts';
import { MIGRATIONS } from './migrations.ts';
import { createNames } from './names.ts';
import { createPutReport } from './put-report.ts';
import { createRefusedTable } from './refused-table.ts';
import { createReportQuestions } from './report-questions.ts';
import { createSweep } from './sweep.ts';
import { createTotals } from './totals.ts';

/** Where the store is and how it is opened. */
export interface SqliteIntakeStoreOptions {
  /** The file in it is `intake.sqlite3`. */
  readonly directory: string;
  /** For commands beside a running service; writes then fail. Default false. */
  readonly readOnly?: boolean;
  readonly limits?: Partial<IntakeStoreLimits>;
}

/** The name of the store's file within its directory. */
export const INTAKE_STORE_FILE_NAME = 'intake.sqlite3';

/** "Skin". */
const APPLICATION_ID = 0x53_6b_69_6e;
/** In KiB: the pages that reports of a few days and their sums change. */
const CACHE_KIB = 32_768;

/**
 * Opens the received reports, kept in SQLite in this thread. File and directory are made when missing, for the owner only.
 *
 * @throws {IoError} `store-unwritable`, `store-corrupt`, `store-newer`, `store-failed`; for reading only also
 * `store-missing` and `store-older`.
 */
export async function openSqliteIntakeStore(
  options: SqliteIntakeStoreOptions,
): Promise<IntakeStore> {
  const { directory, readOnly = false, limits } = options;
  return storeIn(resolve(join(directory, INTAKE_STORE_FILE_NAME)), readOnly, limits);
}

/** The same store for tests: kept in memory, and gone when it is closed. */
export async function openMemoryIntakeStore(
  limits?: Partial<IntakeStoreLimits>,
): Promise<IntakeStore> {
  return storeIn(':memory:', false, limits);
}

function storeIn(
  file: string,
  readOnly: boolean,
  limits: Partial<IntakeStoreLimits> = {},
): IntakeStore {
  const name = 'intake store';
  const database = openSqliteFile({
    file,
    readOnly,
    name,
    applicationId: APPLICATION_ID,
    migrations: MIGRATIONS,
  });
  const what = `${name} "${file}"`;
  try {
    database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
    return storeOn(database, what, { ...INTAKE_STORE_LIMITS, ...limits });
  } catch (error) {
    database.close();
    throw sqliteError(error, 'open', what);
  }
}

function storeOn(database: DatabaseSync, what: string, limits: IntakeStoreLimits): IntakeStore {
  const demandOpen = (): void => {
    if (database.isOpen) return;
    throw new IoError('store-closed', `Cannot use ${what}: it is closed`, { temporary: false });
  };
  /** What SQLite throws, in our words; a wrong call is a defect, and not the file's fault. */
  const told = (action: string, error: unknown): unknown =>
    error instanceof TypeError ? error : sqliteError(error, action, what);
  const names = createNames(database);
  const group = createGroupCommit(database, () => names.forget());
  const reads =
    <Given extends readonly unknown[], Value>(call: (...given: Given) => Value) =>
    async (...given: Given): Promise<Value> => {
      demandOpen();
      try {
        return call(...given);
      } catch (error) {
        throw told('read', error);
      }
    };
  const writes =
    <Given extends readonly unknown[], Value>(call: (...given: Given) => Value) =>
    async (...given: Given): Promise<Value> => {
      demandOpen();
      try {
        return await group.write(() => call(...given));
      } catch (error) {
        throw told('write', error);
      }
    };
  const asking = createAsking(database, names);
  const totals = createTotals(asking);
  const failures = createFailureQuestions(asking);
  const reports = createReportQuestions(database, names, asking);
  const refused = createRefusedTable(database);
  const alerts = createAlertTable(database);
  const sweep = createSweep(database, limits);
  return {
    putReport: writes(createPutReport(database, names)),
    putRefused: writes(refused.putRefused),
    listDomainTotals: reads(totals.listDomainTotals),
    listReporterTotals: reads(totals.listReporterTotals),
    listResultTotals: reads(totals.listResultTotals),
    listMxTotals: reads(totals.listMxTotals),
    listDayTotals: reads(totals.listDayTotals),
    listPolicyTotals: reads(totals.listPolicyTotals),
    listFailureGroups: reads(failures.listFailureGroups),
    listFailures: reads(failures.listFailures),
    listReporterDays: reads(totals.listReporterDays),
    listReports: reads(reports.listReports),
    getReport: reads(reports.getReport),
    listConflicts: reads(reports.listConflicts),
    listRefused: reads(refused.listRefused),
    countRefused: reads(refused.countRefused),
    summariseForGate: reads((domain, sinceMs) => summariseForGate(totals, domain, sinceMs)),
    listAlerts: reads(alerts.listAlerts),
    putAlerts: writes(alerts.putAlerts),
    sweep: (nowMs) => sweep(nowMs, (work) => writes(work)()),
    async close() {
      if (!database.isOpen) return;
      group.flush();
      database.close();
    },
  };
}
