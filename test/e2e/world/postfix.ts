import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from './namespace.ts';
import { run } from './run.ts';

/** Where Postfix's programs are: on this machine, or in the root of another release. */
export interface PostfixPrograms {
  readonly version: string;
  /** The command line that runs `command` among them, as root of a namespace. */
  within(command: readonly string[]): readonly string[];
}

/** A Postfix instance of our own: its configuration, queue and log live in one folder. */
export interface Postfix {
  readonly folder: string;
  /** Runs one of Postfix's commands (`postqueue`, `postsuper`, `sendmail`, …) for this instance. */
  command(name: string, args: readonly string[], input?: string): string;
}

/** Writes the configuration and starts the instance. */
export function startPostfix(
  namespace: Namespace,
  folder: string,
  settings: Readonly<Record<string, string>>,
  services: readonly string[],
  programs: Pick<PostfixPrograms, 'within'> = { within: (command) => command },
): Postfix {
  for (const part of ['etc', 'queue', 'data']) mkdirSync(join(folder, part), { recursive: true });
  const etc = join(folder, 'etc');
  const all = { ...commonSettings(folder), ...settings };
  writeFileSync(join(etc, 'main.cf'), formatSettings(all));
  writeFileSync(join(etc, 'master.cf'), [...COMMON_SERVICES, ...services, ''].join('\n'));
  chmodSync(join(folder, 'data'), 0o700);
  const runWithin = (command: readonly string[], input?: string) =>
    namespace.run(programs.within(command), input);
  runWithin(['chown', 'postfix', join(folder, 'data')]);
  const command = (name: string, args: readonly string[], input?: string) =>
    runWithin(['env', `MAIL_CONFIG=${etc}`, name, ...args], input);
  runWithin(['postfix', '-c', etc, 'start']);
  return { folder, command };
}

/** The version that is installed, such as `3.7.11`. */
export function installedPostfixVersion(): string {
  return /mail_version = (\S+)/.exec(run(['postconf', '-d', 'mail_version']))?.[1] ?? '0';
}

/** Whether a version is that of a release or of a later one. */
export function isPostfixSince(version: string, release: number, minorRelease: number): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > release || (major === release && minor >= minorRelease);
}

function formatSettings(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

function commonSettings(folder: string): Record<string, string> {
  return {
    compatibility_level: '3.6',
    queue_directory: join(folder, 'queue'),
    data_directory: join(folder, 'data'),
    maillog_file: join(folder, 'mail.log'),
    maillog_file_prefixes: folder,
    mail_owner: 'postfix',
    setgid_group: 'postdrop',
    mydestination: '',
    mynetworks: '127.0.0.0/8',
    alias_maps: '',
    alias_database: '',
    inet_protocols: 'all',
    default_process_limit: '200',
    biff: 'no',
  };
}

const COMMON_SERVICES = [
  'postlog unix-dgram n - n - 1 postlogd',
  'pickup unix n - n 1 1 pickup',
  'cleanup unix n - n - 0 cleanup',
  'qmgr unix n - n 3600 1 qmgr',
  'tlsmgr unix - - n 1000? 1 tlsmgr',
  'rewrite unix - - n - - trivial-rewrite',
  'bounce unix - - n - 0 bounce',
  'defer unix - - n - 0 bounce',
  'trace unix - - n - 0 bounce',
  'verify unix - - n - 1 verify',
  'flush unix n - n 1000? 0 flush',
  'proxymap unix - - n - - proxymap',
  'proxywrite unix - - n - 1 proxymap',
  'showq unix n - n - - showq',
  'error unix - - n - - error',
  'retry unix - - n - - error',
  'discard unix - - n - - discard',
  'anvil unix - - n - 1 anvil',
  'scache unix - - n - 1 scache',
];
