import { ConfigError } from '../config/config-error.ts';
import { type RunOptions, runUntilStopped } from '../service/run-until-stopped.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { listPassedSockets } from '../service/systemd.ts';
import { formatWelcome } from './welcome.ts';

/** Answers Postfix until it is stopped. @throws ConfigError when Postfix could not ask anywhere. */
export async function runDaemon(options: RunOptions): Promise<void> {
  demandSocketmap(options);
  await runUntilStopped(options, async () => {
    const daemon = await startDaemon(options);
    return {
      tellReady: () => tellReady(daemon, options),
      reload: (settings) => daemon.reload(settings),
      stays: 'listen addresses and state directory',
      close: () => daemon.close(),
    };
  });
}

/** Only the daemon knows whether systemd passes sockets, so the configuration alone cannot be held against it. */
function demandSocketmap({ settings, environment }: RunOptions): void {
  const passed = listPassedSockets(environment, process.pid).filter(({ name }) => name !== 'admin');
  if (settings.listen.socketmap.length > 0 || passed.length > 0) return;
  const message =
    'given is []; systemd passes no socket either, so Postfix could ask nowhere; allowed is at least one address';
  throw new ConfigError([{ where: 'listen.socketmap', message }]);
}

function tellReady(daemon: Daemon, { log, settings, welcome }: RunOptions): void {
  log.info('ready', { socketmap: daemon.socketmap.join(' '), admin: daemon.admin ?? 'off' });
  welcome(formatWelcome(daemon, settings));
}
