import { systemClock } from '../../io/clock/index.ts';
import type { Signals } from '../daemon/index.ts';
import { notifySystemd } from '../daemon/systemd.ts';
import { keepHeapSmall } from '../heap.ts';
import { type PublishService, type ServiceParts, startPublishService } from './service.ts';
import { formatPublishWelcome } from './welcome.ts';
import type { Settings } from '../config/index.ts';

export interface RunServiceOptions extends Omit<ServiceParts, 'clock'> {
  /** Watched since before the settings were read. */
  readonly signals: Signals;
  /** Reads the configuration anew; throws ConfigError, which leaves the running settings in force. */
  readonly readSettings: () => Promise<Settings>;
  /** Where the welcome goes; standard output on a terminal. */
  readonly welcome: (text: string) => void;
}

/**
 * Publishes until SIGTERM or SIGINT, even if they come while it starts; SIGHUP reads the configuration again.
 *
 * @throws ConfigError, IoError from the start.
 */
export async function runPublishService(options: RunServiceOptions): Promise<void> {
  const { log, signals } = options;
  keepHeapSmall();
  const service = await startPublishService({ ...options, clock: systemClock });
  let reloaded = Promise.resolve();
  if (!signals.isStopping) {
    await tellReady(service, options);
    signals.onReload(() => {
      reloaded = reloaded.then(() => reloadService(service, options));
    });
  }
  const signal = await signals.stopped;
  log.info('stopping', { signal });
  await reloaded;
  await notifySystemd('stopping', options);
  await service.close();
  log.info('stopped');
}

async function tellReady(service: PublishService, options: RunServiceOptions): Promise<void> {
  const { log, settings, welcome } = options;
  const { https, http, plain } = service.listening;
  const domains = await service.store.countDomains();
  log.info('ready', {
    https: https.join(' '),
    http: http.join(' '),
    plain: plain.join(' '),
    admin: service.admin ?? 'off',
    domains,
  });
  welcome(formatPublishWelcome(service, settings, domains));
  await notifySystemd('ready', options);
}

async function reloadService(
  service: PublishService,
  { readSettings, log, environment }: RunServiceOptions,
): Promise<void> {
  await notifySystemd('reloading', { environment, log });
  try {
    await service.reload(await readSettings());
    log.info(
      'configuration read again; listen addresses, export and state directory stay until a restart',
    );
  } catch (error) {
    log.error('configuration not read again; the former settings stay in force', { error });
  }
  await notifySystemd('ready', { environment, log });
}
