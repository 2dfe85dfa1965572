import {
  createRemoteDiscoverer,
  type Discoverer,
  type DiscovererAnswer,
  type Observe,
} from '../../../discover/index.ts';
import { type Clock, systemClock } from '../../../io/clock/index.ts';
import type { IoError } from '../../../io/error.ts';
import type { Log } from '../../../io/log/index.ts';
import { createStoreRelay, type PolicyStore } from '../../../discover/store/index.ts';
import { writeForwarded } from './forwarding-log.ts';
import type { BackNotice, DiscoverySettings } from './requests.ts';
import { type Session, type SessionParts, startSession } from './session.ts';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

export interface BackThreadParts extends SessionParts {
  readonly log: Log;
  readonly clock?: Clock;
}

/** Discovery by one engine's settings, in the back thread. */
export interface Discovery {
  readonly discoverer: Discoverer;
  close(): Promise<void>;
}

/** The thread that holds the store and discovers, so that the one that answers does neither. */
export interface BackThread {
  readonly store: PolicyStore;
  /** @throws IoError when adapters cannot be built by these settings. */
  openDiscovery(settings: DiscoverySettings, observe: Observe): Promise<Discovery>;
  /** Closes the store, too. */
  close(): Promise<void>;
}

interface Engine {
  readonly settings: DiscoverySettings;
  readonly observe: Observe;
}

/**
 * Starts the back thread. If it dies, what is under way fails, everybody hears of it, and it is started again: after a
 * second, then at growing spans of at most a minute. Until then the store fails and nothing is discovered; what memory
 * knows is answered as ever.
 *
 * @throws IoError when the store cannot be opened at the start.
 */
export async function openBackThread(parts: BackThreadParts): Promise<BackThread> {
  const { log, clock = systemClock } = parts;
  const engines = new Map<number, Engine>();
  let lastEngine = 0;
  let closed = false;
  let wake = (): void => undefined;
  let reviving = Promise.resolve();

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = clock.after(ms, resolve);
      wake = () => (cancel(), resolve());
    });
  const onNotice = (notice: BackNotice): void => {
    if ('happened' in notice) engines.get(notice.engine)?.observe(notice.happened);
    else writeForwarded(log, notice);
  };
  const onDeath = (error: IoError): void => {
    log.error('the store failed; its thread is started again', { error });
    reviving = revive();
  };
  const revive = async (): Promise<void> => {
    let pauseMs = FIRST_PAUSE_MS;
    while (!closed) {
      await pause(pauseMs);
      if (closed || (await restart())) return;
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  };
  const restart = async (): Promise<boolean> => {
    try {
      session = await startSession(parts, { onNotice, onDeath });
    } catch (error) {
      log.error('the thread of the store could not be started again', { error });
      return false;
    }
    // Sent before anything that the engines may want of it.
    for (const [engine, { settings }] of engines) void reopen(engine, settings);
    log.info('the thread of the store runs again');
    return true;
  };
  const reopen = (engine: number, settings: DiscoverySettings): Promise<unknown> =>
    session.call({ kind: 'open', engine, settings }).catch((error: unknown) => {
      log.error('discovery could not be started again; a reload tries it anew', { error });
    });
  let session: Session = await startSession(parts, { onNotice, onDeath });

  return {
    store: createStoreRelay(
      () => session.store,
      () => session.store.close(),
    ),
    async openDiscovery(settings, observe) {
      lastEngine += 1;
      const engine = lastEngine;
      engines.set(engine, { settings, observe });
      try {
        await session.call({ kind: 'open', engine, settings });
      } catch (error) {
        engines.delete(engine);
        throw error;
      }
      return {
        discoverer: createRemoteDiscoverer(
          (request, signal) =>
            session.call({ kind: 'ask', engine, request }, signal) as Promise<DiscovererAnswer>,
        ),
        async close() {
          engines.delete(engine);
          await session.call({ kind: 'close', engine }).catch((error: unknown) => {
            log.debug('discovery had ended before', { error });
          });
        },
      };
    },
    async close() {
      closed = true;
      wake();
      await reviving;
      await session.close();
    },
  };
}
