import { systemClock } from '../../io/clock/index.ts';
import {
  type RunningService,
  type RunOptions,
  runUntilStopped,
} from '../service/run-until-stopped.ts';
import { type PublishService, startPublishService } from './service.ts';
import { formatPublishWelcome } from './welcome.ts';

/** Connections leave much behind, and each collection of all costs what is live: half as many for 15 MB more. */
const HEAP_GROWTH_PERCENT = 100;

/** Publishes until it is stopped. @throws ConfigError, IoError from the start. */
export async function runPublishService(options: RunOptions): Promise<void> {
  const start = async (): Promise<RunningService> => {
    const service = await startPublishService({ ...options, clock: systemClock });
    return {
      tellReady: () => tellReady(service, options),
      reload: (settings) => service.reload(settings),
      stays: 'listen addresses, export and state directory',
      close: () => service.close(),
    };
  };
  await runUntilStopped(options, start, HEAP_GROWTH_PERCENT);
}

async function tellReady(service: PublishService, options: RunOptions): Promise<void> {
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
}
