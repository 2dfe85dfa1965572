import { join } from 'node:path';
import { systemClock as clock } from '../../../io/clock/index.ts';
import type { Resolver } from '../../../io/dns/index.ts';
import { createMemoryLog } from '../../../io/log/index.ts';
import { openSqlitePublishStore, type PublishStore } from '../../../publish/store/index.ts';
import { loadSettings, type Settings } from '../../config/index.ts';
import { createGates } from '../../../publish/index.ts';
import { createSettledResolver } from '../../adapters.ts';
import { createReader, type PublishReader } from '../../publish/reader.ts';
import { createReportEvidence } from '../../publish/report-evidence.ts';
import { openToRead, placeOf } from '../../state/index.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

/** What a command reads with. */
export interface Reading {
  readonly reader: PublishReader;
  readonly store: PublishStore;
  readonly settings: Settings;
  readonly resolver: Resolver;
}

/** Opens the store of a directory, which must be there. */
export function openForReading(directory: string): Promise<PublishStore> {
  return openSqlitePublishStore({ directory, readOnly: true });
}

/** Runs with the store of what is published, with or without a running service; closes it whatever happens. */
export async function withReader(
  context: CliContext,
  run: (reading: Reading) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { settings } = loadSettings(context);
  const place = placeOf(settings, 'publisher');
  const store = await openToRead(place, openForReading);
  if (store === undefined) {
    const file = join(place.directory, place.storeName);
    context.stderr.write(`sekisho: nothing is published yet: there is no ${file}\n`);
    return EXIT.notFound;
  }
  const resolver = createSettledResolver(settings, createMemoryLog());
  const reports = createReportEvidence(placeOf(settings, 'intake'));
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
