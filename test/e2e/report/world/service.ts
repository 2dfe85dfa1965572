import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cleanEnvironment, sekishoCommand } from '../../world/daemon.ts';
import type { Namespace } from '../../world/namespace.ts';
import type { Finished } from '../../world/run.ts';
import { waitFor } from '../../world/wait-for.ts';

/** `sekisho … serve`, and the commands that look at what it keeps. */
export interface Service {
  /** Runs `sekisho` with these arguments beside it, whatever its exit status. */
  command(...args: string[]): Finished;
  /** Ends it without warning. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Lines of its log, in JSON. */
  log(): readonly Readonly<Record<string, unknown>>[];
}

export interface ServiceOptions {
  /** Such as `report serve`. */
  readonly what: readonly string[];
  readonly configFile: string;
  readonly logFile: string;
  /** Further variables, such as those of a driven clock. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts one and waits until it is ready. @throws Error when it ends instead. */
export async function startService(
  namespace: Namespace,
  options: ServiceOptions,
): Promise<Service> {
  const { what, configFile, logFile } = options;
  const environment = { ...cleanEnvironment(), ...options.environment };
  const asArguments = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const log = () => readLog(logFile);
  const starts = () => log().filter(({ msg }) => msg === 'ready').length;
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const before = starts();
    const line = [...sekishoCommand(), ...what, '--config', configFile];
    const started = namespace.start(line, logFile, environment);
    child = started;
    await waitFor(
      `sekisho ${what.join(' ')} to be ready`,
      () => {
        if (started.exitCode === null) return starts() > before;
        throw new Error(`sekisho ${what.join(' ')} ended:\n${readFileSync(logFile, 'utf8')}`);
      },
      { withinMs: 60_000, everyMs: 100 },
    );
  };
  await start();
  return {
    start,
    log,
    command: (...args) =>
      namespace.tryRun([
        'env',
        '-i',
        ...asArguments,
        ...sekishoCommand(),
        '--config',
        configFile,
        ...args,
      ]),
    async kill() {
      child?.kill('SIGKILL');
      await waitFor(`sekisho ${what.join(' ')} to be gone`, () => child?.signalCode === 'SIGKILL');
    },
  };
}

function readLog(file: string): Readonly<Record<string, unknown>>[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
