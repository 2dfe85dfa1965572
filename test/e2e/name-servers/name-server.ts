import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createResolver } from '../../../packages/sekisho/src/io/dns/index.ts';
import { systemClock } from '../../../packages/sekisho/src/io/clock/index.ts';
import { waitFor } from '../world/wait-for.ts';

/** The key that both servers know, and that may change TXT records of `example.test`. */
export const KEY = {
  name: 'sekisho-update',
  secret: Buffer.from('a secret of the tests, 32 octets').toString('base64'),
} as const;

/** A primary server of `example.test`, which may be updated, and `other.test`, which may not. */
export interface NameServer {
  readonly port: number;
  close(): Promise<void>;
}

/** A program that serves zones, and how it is told to. */
export interface NameServerKind {
  readonly name: string;
  readonly program: string;
  readonly debianPackage: string;
  readonly args: (configFile: string) => readonly string[];
  readonly config: (folder: string, port: number, algorithm: string) => string;
}

const knot: NameServerKind = {
  name: 'Knot',
  program: '/usr/sbin/knotd',
  debianPackage: 'knot',
  args: (file) => ['-c', file],
  config: (folder, port, algorithm) => `
server:
    rundir: "${folder}"
    listen: 127.0.0.1@${port}
log:
  - target: stderr
    any: info
database:
    storage: "${folder}/db"
key:
  - id: ${KEY.name}
    algorithm: ${algorithm}
    secret: ${KEY.secret}
acl:
  - id: sekisho
    key: ${KEY.name}
    action: update
template:
  - id: default
    storage: "${folder}"
    file: "%s.zone"
    zonefile-sync: -1
    zonefile-load: difference-no-serial
    journal-content: all
zone:
  - domain: example.test
    acl: sekisho
  - domain: other.test
`,
};

const bind: NameServerKind = {
  name: 'BIND',
  program: '/usr/sbin/named',
  debianPackage: 'bind9',
  args: (file) => ['-g', '-n', '1', '-c', file],
  config: (folder, port, algorithm) => `
options {
  directory "${folder}";
  pid-file "${folder}/named.pid";
  session-keyfile none;
  listen-on port ${port} { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion no;
  dnssec-validation no;
};
controls { };
key "${KEY.name}" { algorithm ${algorithm}; secret "${KEY.secret}"; };
zone "example.test" {
  type primary;
  file "example.test.zone";
  update-policy { grant ${KEY.name} subdomain example.test. TXT; };
};
zone "other.test" { type primary; file "other.test.zone"; };
`,
};

export const NAME_SERVERS: readonly NameServerKind[] = [knot, bind];

export function isInstalled({ program }: NameServerKind): boolean {
  return existsSync(program);
}

const ZONE = `$TTL 300
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
alias CNAME elsewhere.provider.test.
long TXT "${'a'.repeat(255)}" "${'b'.repeat(255)}" "${'c'.repeat(255)}"
long TXT "${'d'.repeat(255)}" "${'e'.repeat(255)}" "${'f'.repeat(255)}"
several TXT "v=STSv1; id=1;"
several TXT "v=STSv1; " "id=2;"
several TXT "something else"
`;

/** Starts one on the loopback, in a folder of its own; never as a service of the system. */
export async function startNameServer(
  kind: NameServerKind,
  algorithm = 'hmac-sha256',
): Promise<NameServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sekisho-dns-'));
  mkdirSync(join(folder, 'db'));
  for (const zone of ['example.test', 'other.test']) {
    writeFileSync(join(folder, `${zone}.zone`), `$ORIGIN ${zone}.\n${ZONE}`);
  }
  const port = await findPort();
  const configFile = join(folder, 'server.conf');
  writeFileSync(configFile, kind.config(folder, port, algorithm));
  const child = spawn(kind.program, [...kind.args(configFile)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said = keepOutput(child);
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitFor(kind.name, () => answers(port));
  } catch (error) {
    await close();
    throw new Error(`${kind.name} did not start: ${said()}`, { cause: error });
  }
  return { port, close };
}

function keepOutput(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = `${text}${chunk}`.slice(-4000);
  });
  return () => text;
}

async function answers(port: number): Promise<boolean> {
  const servers = [`127.0.0.1:${port}`];
  const resolver = createResolver({ clock: systemClock, servers, tries: 1, timeoutMs: 200 });
  const result = await resolver.lookupNs('example.test');
  resolver.close();
  return result.kind === 'answer' && result.records.length > 0;
}

async function findPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}
