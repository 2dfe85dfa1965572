import { systemClock } from '../../io/clock/index.ts';
import type { Settings } from '../config/index.ts';
import type { Signals } from '../daemon/index.ts';
import { notifySystemd } from '../daemon/systemd.ts';
import { keepHeapSmall } from '../heap.ts';
import { type ReportService, type ReportServiceParts, startReportService } from './service.ts';
import { formatReportWelcome } from './welcome.ts';

export interface RunReportServiceOptions
  extends Omit<ReportServiceParts, 'clock' | 'clockOffsetMs'> {
  /** Watched since before the settings were read. */
  readonly signals: Signals;
  /** Reads the configuration anew; throws ConfigError, which leaves the running settings in force. */
  readonly readSettings: () => Promise<Settings>;
  /** Where the welcome goes; standard output on a terminal. */
  readonly welcome: (text: string) => void;
}

/**
 * Collects and reports until SIGTERM or SIGINT, even if they come while it starts; SIGHUP reads the configuration again.
 *
 * @throws ConfigError, IoError from the start.
 */
export async function runReportService(options: RunReportServiceOptions): Promise<void> {
  const { log, signals } = options;
  keepHeapSmall();
  const service = await startReportService({ ...options, clock: systemClock });
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

async function tellReady(service: ReportService, options: RunReportServiceOptions): Promise<void> {
  const { log, settings, welcome } = options;
  const { datagrams, http = 'off', admin = 'off' } = service;
  log.info('ready', { datagrams: datagrams.join(' '), http, admin });
  tellSubmitter(service, options);
  welcome(formatReportWelcome(service, settings));
  await notifySystemd('ready', options);
}

function tellSubmitter(service: ReportService, { log }: RunReportServiceOptions): void {
  const { submitter, signer } = service.engine();
  if (!submitter.isNamed)
    log.warn('reports are made and kept, and none is sent: report.contact is not set');
  else if (signer === undefined)
    log.info('report mail is not signed here; receivers ignore it unless the mail server signs it');
  else log.info('report mail is signed', { name: signer.recordName, record: signer.recordText });
}

async function reloadService(
  service: ReportService,
  options: RunReportServiceOptions,
): Promise<void> {
  const { readSettings, log, environment } = options;
  await notifySystemd('reloading', { environment, log });
  try {
    await service.reload(await readSettings());
    tellSubmitter(service, options);
    log.info('configuration read again; listeners, log and state directory stay until a restart');
  } catch (error) {
    log.error('configuration not read again; the former settings stay in force', { error });
  }
  await notifySystemd('ready', { environment, log });
}
