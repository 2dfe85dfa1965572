import type { Log } from '../../io/log/index.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Environment, Settings } from '../config/index.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { keepHeapSmall } from '../heap.ts';
import type { Signals } from './signals.ts';
import { listPassedSockets, notifySystemd } from './systemd.ts';
import { formatWelcome } from './welcome.ts';

export interface RunDaemonOptions {
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

/**
 * Runs the daemon until SIGTERM or SIGINT, even if they come while it starts; SIGHUP reads the configuration again.
 *
 * @throws ConfigError when Postfix could not ask anywhere.
 */
export async function runDaemon(options: RunDaemonOptions): Promise<void> {
  const { log, signals } = options;
  refuseDeafness(options);
  keepHeapSmall();
  const daemon = await startDaemon(options);
  let reloaded = Promise.resolve();
  if (!signals.isStopping) {
    await tellReady(daemon, options);
    signals.onReload(() => {
      reloaded = reloaded.then(() => reloadDaemon(daemon, options));
    });
  }
  const signal = await signals.stopped;
  log.info('stopping', { signal });
  await reloaded;
  await notifySystemd('stopping', options);
  await daemon.close();
  log.info('stopped');
}

/** Only the daemon knows whether systemd passes sockets, so the configuration alone cannot be held against it. */
function refuseDeafness({ settings, environment }: RunDaemonOptions): void {
  const passed = listPassedSockets(environment, process.pid).filter(({ name }) => name !== 'admin');
  if (settings.listen.socketmap.length > 0 || passed.length > 0) return;
  const message =
    'given is []; systemd passes no socket either, so Postfix could ask nowhere; allowed is at least one address';
  throw new ConfigError([{ where: 'listen.socketmap', message }]);
}

async function tellReady(daemon: Daemon, options: RunDaemonOptions): Promise<void> {
  const { log, settings, welcome } = options;
  log.info('ready', { socketmap: daemon.socketmap.join(' '), admin: daemon.admin ?? 'off' });
  welcome(formatWelcome(daemon, settings));
  await notifySystemd('ready', options);
}

async function reloadDaemon(
  daemon: Daemon,
  { readSettings, log, environment }: RunDaemonOptions,
): Promise<void> {
  await notifySystemd('reloading', { environment, log });
  try {
    await daemon.reload(await readSettings());
    log.info('configuration read again; listen addresses and state directory stay until a restart');
  } catch (error) {
    log.error('configuration not read again; the former settings stay in force', { error });
  }
  await notifySystemd('ready', { environment, log });
}
