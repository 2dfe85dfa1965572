import type { Clock } from '../../io/clock/index.ts';
import type { IntakeStore } from '../../intake/store/index.ts';
import type { Log } from '../../io/log/index.ts';

const EVERY_MS = 3_600_000;

/** Drops what has been kept long enough, now and every hour. */
export function startUpkeep(
  store: IntakeStore,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): { close(): Promise<void> } {
  let isClosed = false;
  let cancel = (): void => undefined;
  let sweeping = Promise.resolve();
  const sweep = async (): Promise<void> => {
    try {
      await store.sweep(clock.now());
    } catch (error) {
      if (!isClosed) log.error('old reports cannot be dropped', { error });
    }
    if (!isClosed) cancel = clock.after(EVERY_MS, begin);
  };
  const begin = (): void => void (sweeping = sweep());
  begin();
  return {
    close() {
      isClosed = true;
      cancel();
      return sweeping;
    },
  };
}
