import { join } from 'node:path';
import { openSqliteReportStore, type ReportStore } from '../../../report/store/index.ts';
import { loadSettings } from '../../config/index.ts';
import { openToRead, placeOf } from '../../state/index.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

/** Runs with the store of reports, with or without a running service; closes it whatever happens. */
export async function withReportStore(
  context: CliContext,
  run: (store: ReportStore) => Promise<ExitCode>,
): Promise<ExitCode> {
  const place = placeOf(loadSettings(context).settings, 'reporter');
  const store = await openToRead(place, (directory) =>
    openSqliteReportStore({ directory, readOnly: true }),
  );
  if (store === undefined) {
    const file = join(place.directory, place.storeName);
    context.stderr.write(`sekisho: nothing was collected yet: there is no ${file}\n`);
    return EXIT.notFound;
  }
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}
