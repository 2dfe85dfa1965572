import { join } from 'node:path';
import { IoError } from '../../../io/error.ts';
import {
  openSqliteReportStore,
  REPORT_STORE_FILE_NAME,
  type ReportStore,
} from '../../../report/store/index.ts';
import { loadSettings } from '../../config/index.ts';
import { reportDirectoryOf } from '../../report/directory.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

/** Runs with the store of reports, with or without a running service; closes it whatever happens. */
export async function withReportStore(
  context: CliContext,
  run: (store: ReportStore) => Promise<ExitCode>,
): Promise<ExitCode> {
  const directory = reportDirectoryOf(loadSettings(context).settings);
  const store = await open(directory);
  if (store === undefined) {
    const file = join(directory, REPORT_STORE_FILE_NAME);
    context.stderr.write(`sekisho: nothing was collected yet: there is no ${file}\n`);
    return EXIT.notFound;
  }
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

async function open(directory: string): Promise<ReportStore | undefined> {
  try {
    return await openSqliteReportStore({ directory, readOnly: true });
  } catch (error) {
    if (error instanceof IoError && error.code === 'store-missing') return undefined;
    throw error;
  }
}
