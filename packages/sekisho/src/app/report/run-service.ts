import { systemClock } from '../../io/clock/index.ts';
import { type RunOptions, runUntilStopped } from '../service/run-until-stopped.ts';
import { type ReportService, startReportService } from './service.ts';
import { formatReportWelcome } from './welcome.ts';

/** Collects and reports until it is stopped. @throws ConfigError, IoError from the start. */
export async function runReportService(options: RunOptions): Promise<void> {
  await runUntilStopped(options, async () => {
    const service = await startReportService({ ...options, clock: systemClock });
    return {
      tellReady: () => tellReady(service, options),
      reload: async (settings) => {
        await service.reload(settings);
        tellSubmitter(service, options);
      },
      stays: 'listeners, log and state directory',
      close: () => service.close(),
    };
  });
}

function tellReady(service: ReportService, options: RunOptions): void {
  const { log, settings, welcome } = options;
  const { datagrams, http = 'off', admin = 'off' } = service;
  log.info('ready', { datagrams: datagrams.join(' '), http, admin });
  tellSubmitter(service, options);
  welcome(formatReportWelcome(service, settings));
}

function tellSubmitter(service: ReportService, { log }: RunOptions): void {
  const { submitter, signer } = service.engine();
  if (!submitter.isNamed)
    log.warn('reports are made and kept, and none is sent: report.contact is not set');
  else if (signer === undefined)
    log.info('report mail is not signed here; receivers ignore it unless the mail server signs it');
  else log.info('report mail is signed', { name: signer.recordName, record: signer.recordText });
}
