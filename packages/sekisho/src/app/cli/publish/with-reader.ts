import { join } from 'node:path';
import { systemClock as clock } from '../../../io/clock/index.ts';
import { IoError } from '../../../io/error.ts';
import type { Resolver } from '../../../io/dns/index.ts';
import { createMemoryLog } from '../../../io/log/index.ts';
import {
  openSqlitePublishStore,
  PUBLISH_STORE_FILE_NAME,
  type PublishStore,
} from '../../../publish/store/index.ts';
import { loadSettings, type Settings } from '../../config/index.ts';
import { createGates } from '../../../publish/index.ts';
import { createSettledResolver } from '../../adapters.ts';
import { publishDirectoryOf } from '../../publish/directory.ts';
import { createReader, type PublishReader } from '../../publish/reader.ts';
import { createReportEvidence } from '../../publish/report-evidence.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

async function openStore(directory: string): Promise<PublishStore | undefined> {
  try {
    return await openSqlitePublishStore({ directory, readOnly: true });
  } catch (error) {
    if (error instanceof IoError && error.code === 'store-missing') return undefined;
    throw error;
  }
}

/** What a command reads with. */
export interface Reading {
  readonly reader: PublishReader;
  readonly store: PublishStore;
  readonly settings: Settings;
  readonly resolver: Resolver;
}

/** Runs with the store of what is published, with or without a running service; closes it whatever happens. */
export async function withReader(
  context: CliContext,
  run: (reading: Reading) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { settings } = loadSettings(context);
  const directory = publishDirectoryOf(settings);
  const store = await openStore(directory);
  if (store === undefined) {
    const file = join(directory, PUBLISH_STORE_FILE_NAME);
    context.stderr.write(`sekisho: nothing is published yet: there is no ${file}\n`);
    return EXIT.notFound;
  }
  const resolver = createSettledResolver(settings, createMemoryLog());
  const reports = createReportEvidence(settings);
  try {
    const { days } = settings.publish.gates;
    const gatesOf = createGates({ clock, store, resolver, reports, days });
    return await run({
      reader: createReader({ store, clock, gatesOf }),
      store,
      settings,
      resolver,
    });
  } finally {
    resolver.close();
    await reports.close();
    await store.close();
  }
}
