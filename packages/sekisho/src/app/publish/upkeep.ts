import type { Clock } from '../../io/clock/index.ts';
import type { PublishStore } from '../../publish/store/index.ts';
import { type PublishAlertSink, reconcile, WorkAlert } from '../../publish/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { PublishEngine } from './engine.ts';

const EVERY_MS = 3_600_000;
/** How the work is named in alerts. */
const HOURLY = 'hourly';
/** The clock may jump, so it is looked at more often than there is something to do. */
const POLL_MS = 30_000;

/** What is to be done now and then. */
export interface Upkeep {
  /** Begins at once, and resolves when it is done; for a configuration that has changed. */
  now(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Brings domains to what the configuration declares, and drops what is kept too long: at the start, at every change, and
 * every hour, because gates open by themselves.
 */
export function startUpkeep(parts: {
  readonly clock: Clock;
  readonly store: PublishStore;
  readonly log: Log;
  readonly alerts: PublishAlertSink;
  readonly engine: () => PublishEngine;
}): Upkeep {
  const { clock, store, log, alerts, engine } = parts;
  const failing = new WorkAlert({
    alerts,
    clock,
    code: 'configuration-failing',
    what: 'The configuration cannot be carried out',
  });
  let last = Promise.resolve();
  let lastMs = -Infinity;
  let cancel = (): void => undefined;
  let isClosed = false;
  const run = async (): Promise<void> => {
    if (isClosed) return;
    const { declared, rollout } = engine();
    try {
      await reconcile(declared.declarations, { rollout, store, clock, log, alerts });
      await store.sweep(clock.now());
      failing.succeeded(HOURLY);
    } catch (error) {
      failing.failed(HOURLY, error);
      log.error('the configuration cannot be carried out', { error });
    }
  };
  const now = (): Promise<void> => {
    lastMs = clock.now();
    last = last.then(run);
    return last;
  };
  const poll = (): void => {
    if (isClosed) return;
    if (Math.abs(clock.now() - lastMs) >= EVERY_MS) void now();
    cancel = clock.after(POLL_MS, poll);
  };
  poll();
  return {
    now,
    close() {
      isClosed = true;
      cancel();
      return last;
    },
  };
}
