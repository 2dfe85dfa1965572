import { systemClock } from '../../io/clock/index.ts';
import { type RunOptions, runUntilStopped } from '../service/run-until-stopped.ts';
import { type IntakeService, startIntakeService } from './service.ts';
import { formatIntakeWelcome } from './welcome.ts';

/** Receives reports until it is stopped. @throws ConfigError, IoError from the start. */
export async function runIntakeService(options: RunOptions): Promise<void> {
  await runUntilStopped(options, async () => {
    const service = await startIntakeService({ ...options, clock: systemClock });
    return {
      tellReady: () => tellReady(service, options),
      reload: (settings) => service.reload(settings),
      stays: 'listeners, log, state directory and times of keeping',
      close: () => service.close(),
    };
  });
}

function tellReady(service: IntakeService, { log, settings, welcome }: RunOptions): void {
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
}
