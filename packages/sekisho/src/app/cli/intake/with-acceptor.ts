import type { Acceptor } from '../../../intake/index.ts';
import { systemClock as clock } from '../../../io/clock/index.ts';
import { createMemoryLog } from '../../../io/log/index.ts';
import { createSettledResolver } from '../../adapters.ts';
import { loadSettings } from '../../config/index.ts';
import { openSettledIntakeStore } from '../../intake/open-store.ts';
import { createSettledAcceptor } from '../../intake/settled-acceptor.ts';
import { prepareToWrite } from '../../state/enter-role.ts';
import { placeOf } from '../../state/index.ts';
import type { CliContext } from '../cli-context.ts';

/** Runs with an acceptor that writes into the store itself, with or without a running service; closes it whatever happens. */
export async function withAcceptor<Value>(
  context: CliContext,
  run: (acceptor: Acceptor) => Promise<Value>,
): Promise<Value> {
  const { settings } = loadSettings(context);
  prepareToWrite(placeOf(settings, 'intake'));
  const store = await openSettledIntakeStore(settings);
  // What became of it is told by the command.
  const log = createMemoryLog();
  const resolver = createSettledResolver(settings, log);
  try {
    return await run(await createSettledAcceptor({ settings, store, resolver, clock, log }));
  } finally {
    resolver.close();
    await store.close();
  }
}
