import { join } from 'node:path';
import { IoError } from '../../../io/error.ts';
import {
  INTAKE_STORE_FILE_NAME,
  type IntakeStore,
  openSqliteIntakeStore,
} from '../../../intake/store/index.ts';
import { loadSettings, type Settings } from '../../config/index.ts';
import { intakeDirectoryOf } from '../../intake/directory.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

/** Runs with the store of received reports, with or without a running service; closes it whatever happens. */
export async function withIntakeStore(
  context: CliContext,
  run: (store: IntakeStore, settings: Settings) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { settings } = loadSettings(context);
  const directory = intakeDirectoryOf(settings);
  const store = await open(directory);
  if (store === undefined) {
    const file = join(directory, INTAKE_STORE_FILE_NAME);
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

async function open(directory: string): Promise<IntakeStore | undefined> {
  try {
    return await openSqliteIntakeStore({ directory, readOnly: true });
  } catch (error) {
    if (error instanceof IoError && error.code === 'store-missing') return undefined;
    throw error;
  }
}
