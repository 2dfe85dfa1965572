import { setFlagsFromString } from 'node:v8';
import type { Log } from '../../io/log/index.ts';
import type { Environment, Settings } from '../config/index.ts';
import type { Signals } from './signals.ts';
import { notifySystemd } from './systemd.ts';

/** What every service is run with. */
export interface RunOptions {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly log: Log;
  readonly version: string;
  /** Watched since before the settings were read. */
  readonly signals: Signals;
  /** Reads the configuration anew; throws ConfigError, which leaves the running settings in force. */
  readonly readSettings: () => Promise<Settings>;
  /** Where the welcome goes; standard output on a terminal. */
  readonly welcome: (text: string) => void;
}

/** A service that has started. */
export interface RunningService {
  /** Tells the log and whoever started it what it listens on. */
  tellReady(): void | Promise<void>;
  reload(settings: Settings): Promise<void>;
  /** What a reload leaves as it is, such as `listen addresses and state directory`. */
  readonly stays: string;
  close(): Promise<void>;
}

/**
 * Runs a service until SIGTERM or SIGINT, even if they come while it starts; SIGHUP reads the configuration again.
 *
 * @throws whatever `start` throws.
 */
export async function runUntilStopped(
  options: RunOptions,
  start: () => Promise<RunningService>,
  heapGrowthPercent?: number,
): Promise<void> {
  const { log, signals } = options;
  const putSpeedFirst = keepHeapSmall(heapGrowthPercent);
  const service = await start();
  putSpeedFirst();
  let reloaded = Promise.resolve();
  if (!signals.isStopping) {
    await service.tellReady();
    await notifySystemd('ready', options);
    signals.onReload(() => {
      reloaded = reloaded.then(() => reload(service, options));
    });
  }
  const signal = await signals.stopped;
  log.info('stopping', { signal });
  await reloaded;
  await notifySystemd('stopping', options);
  await service.close();
  log.info('stopped');
}

async function reload(service: RunningService, options: RunOptions): Promise<void> {
  const { readSettings, log } = options;
  await notifySystemd('reloading', options);
  try {
    await service.reload(await readSettings());
    log.info(`configuration read again; ${service.stays} stay until a restart`);
  } catch (error) {
    log.error('configuration not read again; the former settings stay in force', { error });
  }
  await notifySystemd('ready', options);
}

/**
 * Keeps V8's heap close to what is live. By default the young generation grows under load to tens of megabytes and the
 * old one waits for a multiple of what it holds, which trades memory for speed that our processes do not need: replies
 * of the daemon and the TLS of the policy host lie outside the heap. Must run before there is load.
 *
 * @param growthPercent how much may be allocated, of what is live, before all of the heap is collected. Default 20.
 * @returns puts speed before memory again; to be called once the service has started. Until then it is the other way
 * round, so that loading leaves nothing behind (7 MB of the daemon).
 */
function keepHeapSmall(growthPercent = 20): () => void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
  // For threads that start from now on: fetches under way survive one megabyte, and are then collected dearly.
  setFlagsFromString('--min-semi-space-size=2');
  setFlagsFromString('--optimize-for-size');
  return () => setFlagsFromString('--no-optimize-for-size');
}
