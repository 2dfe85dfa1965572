import type { Log } from '../../io/log/index.ts';
import type { Environment, Settings } from '../config/index.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { keepHeapSmall } from './heap.ts';
import { formatWelcome } from './welcome.ts';
import { notifySystemd } from './systemd.ts';

export interface RunDaemonOptions {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly log: Log;
  readonly version: string;
  /** Reads the configuration anew; throws ConfigError, which leaves the running settings in force. */
  readonly readSettings: () => Promise<Settings>;
  /** Where the welcome goes; standard output on a terminal. */
  readonly welcome: (text: string) => void;
}

/** Runs the daemon until SIGTERM or SIGINT; SIGHUP reads the configuration again. */
export async function runDaemon(options: RunDaemonOptions): Promise<void> {
  const { settings, log } = options;
  keepHeapSmall();
  const daemon = await startDaemon(options);
  log.info('ready', { socketmap: daemon.socketmap.join(' '), admin: daemon.admin ?? 'off' });
  options.welcome(formatWelcome(daemon, settings));
  await notifySystemd('ready', options);
  const reload = (): void => void reloadDaemon(daemon, options);
  process.on('SIGHUP', reload);
  const signal = await stopSignal();
  process.off('SIGHUP', reload);
  log.info('stopping', { signal });
  await notifySystemd('stopping', options);
  await daemon.close();
  log.info('stopped');
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

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}
