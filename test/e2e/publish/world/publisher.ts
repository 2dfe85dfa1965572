import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, sekishoCommand } from '../../world/daemon.ts';
import type { Namespace } from '../../world/namespace.ts';
import type { Finished } from '../../world/run.ts';
import { waitFor } from '../../world/wait-for.ts';
import { PUBLISHER } from './addresses.ts';
import { tick } from './control.ts';
import type { DrivenClock } from './driven-clock.ts';
import type { UpdateKey } from './name-servers.ts';

/** `sekisho publish serve`, and the commands that talk to it. */
export interface Publisher {
  readonly configFile: string;
  readonly stateDirectory: string;
  /** Runs `sekisho` with these arguments beside the service, whatever its exit status. */
  command(...args: string[]): Finished;
  /** Ends it without warning and starts it again on the same state directory. */
  killAndStart(): Promise<void>;
  log(): string;
}

export interface PublisherOptions {
  readonly clock: DrivenClock;
  readonly updateKey: UpdateKey;
  readonly updateServer: string;
  readonly acmeDirectoryUrl: string;
  /** Vouches for the ACME server, for MX hosts and for policy hosts. */
  readonly caFile: string;
  readonly gateDays: number;
}

export async function startPublisher(
  namespace: Namespace,
  folder: string,
  options: PublisherOptions,
): Promise<Publisher> {
  mkdirSync(folder, { recursive: true });
  const configFile = join(folder, 'sekisho.yaml');
  const secretFile = join(folder, 'tsig-secret');
  writeFileSync(secretFile, `${options.updateKey.secret}\n`);
  chmodSync(secretFile, 0o600);
  writeFileSync(configFile, configuration(folder, secretFile, options));
  const stateDirectory = join(folder, 'state');
  const logFile = join(folder, 'sekisho.log');
  const environment = { ...cleanEnvironment(), ...options.clock.environment };
  const asArguments = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const command = (...args: string[]) =>
    namespace.tryRun([
      'env',
      '-i',
      ...asArguments,
      ...sekishoCommand(),
      '--config',
      configFile,
      ...args,
    ]);
  const start = async (): Promise<ChildProcess> => {
    const line = [...sekishoCommand(), 'publish', 'serve', '--config', configFile];
    const child = namespace.start(line, logFile, environment);
    await waitFor('the publisher to answer', async () => {
      if (child.exitCode !== null) {
        throw new Error(`The publisher ended:\n${readFileSync(logFile, 'utf8')}`);
      }
      return tick(stateDirectory).then(
        () => true,
        () => false,
      );
    });
    return child;
  };
  let child = await start();
  return {
    configFile,
    stateDirectory,
    command,
    async killAndStart() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
      child = await start();
    },
    log: () => readFileSync(logFile, 'utf8'),
  };
}

function configuration(folder: string, secretFile: string, options: PublisherOptions): string {
  const { updateKey, updateServer, acmeDirectoryUrl, caFile, gateDays } = options;
  return `stateDirectory: ${join(folder, 'state')}
dns:
  servers: ["127.0.0.1"]
  timeoutMs: 1500
  tries: 2
  deadlineMs: 3500
https:
  caFile: ${caFile}
  deadlineMs: 5000
  allowedAddresses: ["192.0.2.0/24", "198.51.100.0/24"]
publish:
  listen:
    https: ["${PUBLISHER}:443"]
    http: ["${PUBLISHER}:80"]
    admin: "127.0.0.1:8465"
  acme:
    directory: ${acmeDirectoryUrl}
    acceptTerms: true
    challenges: [http-01]
    caFile: ${caFile}
  dns:
    update: rfc2136
    server: "${updateServer}"
    tsigName: ${updateKey.name}
    tsigAlgorithm: ${updateKey.algorithm}
    tsigSecretFile: ${secretFile}
    ttlSeconds: 300
  target:
    addresses: ["${PUBLISHER}"]
  gates:
    days: ${gateDays}
  probe:
    heloName: publisher.test
    caFile: ${caFile}
    timeoutMs: 5000
  pollSeconds: 1
log:
  level: debug
  format: json
`;
}
