import { systemClock } from '../../io/clock/index.ts';
import type { Settings } from '../config/index.ts';
import type { Signals } from '../daemon/index.ts';
import { notifySystemd } from '../daemon/systemd.ts';
import { keepHeapSmall } from '../heap.ts';
import { type IntakeService, type IntakeServiceParts, startIntakeService } from './service.ts';
import { formatIntakeWelcome } from './welcome.ts';

export interface RunIntakeServiceOptions extends Omit<IntakeServiceParts, 'clock'> {
  /** Watched since before the settings were read. */
  readonly signals: Signals;
  /** Reads the configuration anew; throws ConfigError, which leaves the running settings in force. */
  readonly readSettings: () => Promise<Settings>;
  /** Where the welcome goes; standard output on a terminal. */
  readonly welcome: (text: string) => void;
}

/**
 * Receives reports until SIGTERM or SIGINT, even if they come while it starts; SIGHUP reads the configuration again.
 *
 * @throws ConfigError, IoError from the start.
 */
export async function runIntakeService(options: RunIntakeServiceOptions): Promise<void> {
  const { log, signals } = options;
  keepHeapSmall();
  const service = await startIntakeService({ ...options, clock: systemClock });
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

async function tellReady(service: IntakeService, options: RunIntakeServiceOptions): Promise<void> {
  const { log, settings, welcome } = options;
  const { lmtp, post = 'off', admin = 'off' } = service;
  const { imap, maildir } = settings.intake;
  log.info('ready', {
    lmtp: lmtp.join(' '),
    post,
    imap: imap.host ?? 'off',
    maildir: maildir.path ?? 'off',
    admin,
  });
  welcome(formatIntakeWelcome(service, settings));
  await notifySystemd('ready', options);
}

async function reloadService(
  service: IntakeService,
  { readSettings, log, environment }: RunIntakeServiceOptions,
): Promise<void> {
  await notifySystemd('reloading', { environment, log });
  try {
    await service.reload(await readSettings());
    log.info(
      'configuration read again; listeners, log, state directory and times of keeping stay until a restart',
    );
  } catch (error) {
    log.error('configuration not read again; the former settings stay in force', { error });
  }
  await notifySystemd('ready', { environment, log });
}
