import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from './namespace.ts';
import { waitFor } from './wait-for.ts';

const ROOT = join(import.meta.dirname, '../../..');
const BUILT = join(ROOT, 'packages/sekisho/dist/app/main.js');
const SOURCE = join(ROOT, 'packages/sekisho/src/app/main.ts');

const PORT = 8461;

/** What Postfix asks of the Sekisho at a port; the usual one is 8461. From 3.10 on it may ask the map `sts-tlsrpt`. */
export function policyMapAt(port: number, map: 'sts' | 'sts-tlsrpt' = 'sts'): string {
  return `socketmap:inet:127.0.0.1:${port}:${map}`;
}

/** What Postfix asks. */
export const POLICY_MAP = policyMapAt(PORT);

/** The Sekisho daemon beside the sender's Postfix. */
export interface Daemon {
  /** The command line that runs Sekisho, for people. */
  readonly command: readonly string[];
  readonly configFile: string;
  /** Ends it without warning and starts it again on the same state directory. */
  killAndStart(): Promise<void>;
}

export interface DaemonOptions {
  readonly caFile: string;
  readonly postfixVersion: string;
  /** Of the socketmap server; the next one serves `/metrics`. Default 8461. */
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly resolver?: string;
  /** How long an id counts as compared; short by default, so that changes show soon. Default 1. */
  readonly recheckSeconds?: number;
  /** Default 5. */
  readonly refreshSeconds?: number;
  /** `smtp_tls_security_level` of the Postfix. Default `dane`. */
  readonly defaultLevel?: 'may' | 'dane';
  /** What a policy in mode `testing` answers. Default `nothing`. */
  readonly testing?: 'nothing' | 'report';
  /** Further groups of settings, as YAML. */
  readonly furtherSettings?: string;
  /** Further variables, such as those of a driven clock. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts `sekisho daemon` in the sender's namespace and waits until it answers. */
export async function startDaemon(
  sender: Namespace,
  folder: string,
  options: DaemonOptions,
): Promise<Daemon> {
  mkdirSync(folder, { recursive: true });
  const configFile = join(folder, 'sekisho.yaml');
  writeFileSync(configFile, configuration(folder, options));
  const map = policyMapAt(options.port ?? PORT);
  const logFile = join(folder, 'sekisho.log');
  const command = sekishoCommand();
  const start = async (): Promise<ChildProcess> => {
    const args = ['daemon', '--config', configFile];
    const environment = { ...cleanEnvironment(), ...options.environment };
    const child = sender.start([...command, ...args], logFile, environment);
    await waitFor('Sekisho to answer', () => {
      if (child.exitCode !== null)
        throw new Error(`Sekisho ended:\n${readFileSync(logFile, 'utf8')}`);
      return answers(sender, map);
    });
    return child;
  };
  let child = await start();
  return {
    command,
    configFile,
    async killAndStart() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
      child = await start();
    },
  };
}

/**
 * SEKISHO_E2E_COMMAND (words between spaces) if it is set; else the built program; without one, or
 * with SEKISHO_E2E_SOURCE=1, the sources.
 */
export function sekishoCommand(): string[] {
  const given = process.env['SEKISHO_E2E_COMMAND'];
  if (given !== undefined) return given.split(' ');
  const fromSource = process.env['SEKISHO_E2E_SOURCE'] === '1' || !existsSync(BUILT);
  return fromSource
    ? [process.execPath, '--conditions=sekisho-source', SOURCE]
    : [process.execPath, BUILT];
}

/** Exit status 1 without a word means "not found": an answer. */
function answers(sender: Namespace, map: string): boolean {
  const asked = sender.tryRun(['postmap', '-q', '[192.0.2.1]', map]);
  return asked.status === 1 && asked.stderr === '';
}

/** Nothing of the developer's own configuration or of the test runner reaches Sekisho. */
export function cleanEnvironment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin', HOME: '/nonexistent', NO_COLOR: '1' };
}

/** Everything that a closed network needs is a setting. */
function configuration(folder: string, options: DaemonOptions): string {
  const { caFile, postfixVersion, resolver = '127.0.0.1', port = PORT } = options;
  const { recheckSeconds = 1, refreshSeconds = 5, furtherSettings = '' } = options;
  const { defaultLevel = 'dane', testing = 'nothing' } = options;
  return `stateDirectory: ${join(folder, 'state')}
listen:
  socketmap: ["127.0.0.1:${port}"]
  admin: "127.0.0.1:${port + 1}"
postfix:
  version: "${postfixVersion}"
  defaultLevel: ${defaultLevel}
  testing: ${testing}
dns:
  servers: ["${resolver}"]
  timeoutMs: 1500
  tries: 2
  deadlineMs: 3500
https:
  caFile: ${caFile}
  deadlineMs: 5000
  allowedAddresses: ["192.0.2.0/24", "198.51.100.0/24", "2001:db8::/64"]
policies:
  recheckSeconds: ${recheckSeconds}
  refreshSeconds: ${refreshSeconds}
  negativeMinSeconds: 1
log:
  level: debug
  format: json
${furtherSettings}`;
}
