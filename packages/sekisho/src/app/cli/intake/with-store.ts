import { join } from 'node:path';
import { type IntakeStore, openSqliteIntakeStore } from '../../../intake/store/index.ts';
import { loadSettings, type Settings } from '../../config/index.ts';
import { openToRead, placeOf } from '../../state/index.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

/** Runs with the store of received reports, with or without a running service; closes it whatever happens. */
export async function withIntakeStore(
  context: CliContext,
  run: (store: IntakeStore, settings: Settings) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { settings } = loadSettings(context);
  const place = placeOf(settings, 'intake');
  const store = await openToRead(place, (directory) =>
    openSqliteIntakeStore({ directory, readOnly: true }),
  );
  if (store === undefined) {
    const file = join(place.directory, place.storeName);
    context.stderr.write(
      `sekisho: no report was received yet: there is no ${file}; begin with: sekisho intake serve\n`,
    );
    return EXIT.notFound;
  }
  try {
    return await run(store, settings);
  } finally {
    await store.close();
  }
}
