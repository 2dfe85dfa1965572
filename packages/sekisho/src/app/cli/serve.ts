import { openLog } from '../log/open-log.ts';
import type { RunOptions } from '../service/run-until-stopped.ts';
import { watchSignals } from '../service/signals.ts';
import type { CliContext } from './cli-context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { resolveSettings } from './resolve-settings.ts';
import { readVersion } from './version.ts';

type Run = (options: RunOptions) => Promise<void>;

/** A process loads the modules of its own service alone. */
const services = {
  daemon: async (): Promise<Run> => (await import('../daemon/index.ts')).runDaemon,
  publish: async (): Promise<Run> => (await import('../publish/run-service.ts')).runPublishService,
  report: async (): Promise<Run> => (await import('../report/run-service.ts')).runReportService,
  intake: async (): Promise<Run> => (await import('../intake/run-service.ts')).runIntakeService,
};

/** Reads the configuration and runs a service with it; what `daemon` and every `serve` command do. */
export async function serve(
  context: CliContext,
  service: keyof typeof services,
): Promise<ExitCode> {
  const { configFile, environment, stdout, stderr } = context;
  const signals = watchSignals();
  const run = await services[service]();
  const resolved = await resolveSettings(configFile, environment).catch((error: unknown) => {
    // A signal to the whole process group ends the reading too.
    if (signals.isStopping) return undefined;
    throw error;
  });
  if (resolved === undefined || signals.isStopping) return EXIT.ok;
  const { settings, file } = resolved;
  // Whoever starts it for the first time needs to know what to do next; a service manager does not.
  const isFirstTry = file === undefined && environment['INVOCATION_ID'] === undefined;
  await run({
    settings,
    environment,
    log: openLog(settings.log, stderr, environment),
    version: readVersion(),
    signals,
    readSettings: async () => (await resolveSettings(configFile, environment)).settings,
    welcome: (text) => {
      if (isFirstTry || stdout.isTTY === true) stdout.write(text);
    },
  });
  return EXIT.ok;
}
