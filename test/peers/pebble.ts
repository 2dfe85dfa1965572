import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createCertificateAuthority } from './certificates.ts';

/** A certificate authority for tests, Debian's `pebble`, with a DNS of its own. All on loopback. */
export interface Pebble {
  readonly directoryUrl: string;
  /** Who certifies Pebble's own HTTPS, PEM. */
  readonly caPem: string;
  /** The root of what it issues, PEM; another one each time. */
  fetchRootPem(): Promise<string>;
  /** What Pebble wrote so far. */
  readonly output: string;
  close(): Promise<void>;
}

export interface PebbleOptions {
  /** Where it looks for http-01 and tls-alpn-01. */
  readonly httpPort: number;
  readonly tlsPort: number;
  /** Percent of good nonces that it refuses. Default 0. */
  readonly nonceReject?: number;
  /** Keys of external accounts by id, base64url; with them none else may have an account. */
  readonly externalAccounts?: Readonly<Record<string, string>>;
}

const READY_MS = 15_000;

/** Why Pebble cannot be started here; undefined when it can. */
export function reasonAgainstPebble(): string | undefined {
  const isThere = ['pebble', 'pebble-challtestsrv'].every((name) => existsSync(`/usr/bin/${name}`));
  return isThere ? undefined : 'missing package: pebble (apt-get install it)';
}

/** Starts Pebble; every name leads to 127.0.0.1, none has an IPv6 address. */
export async function startPebble(options: PebbleOptions): Promise<Pebble> {
  const directory = mkdtempSync(join(tmpdir(), 'sekisho-pebble-'));
  const [dnsPort, dnsAdminPort, port, adminPort] = await freePorts(4);
  const own = createCertificateAuthority(join(directory, 'ca'), 'Pebble front');
  const { certFile, chainFile, keyFile } = own.issue({ dnsNames: ['localhost'] });
  const config = join(directory, 'pebble.json');
  writeFileSync(
    config,
    JSON.stringify({
      pebble: {
        listenAddress: `127.0.0.1:${port}`,
        managementListenAddress: `127.0.0.1:${adminPort}`,
        certificate: existsSync(chainFile) ? chainFile : certFile,
        privateKey: keyFile,
        httpPort: options.httpPort,
        tlsPort: options.tlsPort,
        ocspResponderURL: '',
        externalAccountBindingRequired: options.externalAccounts !== undefined,
        externalAccountMACKeys: options.externalAccounts ?? {},
      },
    }),
  );
  const dns = startProgram('pebble-challtestsrv', [
    '-http01',
    '',
    '-https01',
    '',
    '-tlsalpn01',
    '',
    '-dns01',
    `127.0.0.1:${dnsPort}`,
    '-management',
    `127.0.0.1:${dnsAdminPort}`,
    '-defaultIPv4',
    '127.0.0.1',
    '-defaultIPv6',
    '',
  ]);
  const pebble = startProgram(
    'pebble',
    ['-config', config, '-strict', '-dnsserver', `127.0.0.1:${dnsPort}`],
    {
      PEBBLE_VA_NOSLEEP: '1',
      PEBBLE_AUTHZREUSE: '0',
      PEBBLE_WFE_NONCEREJECT: String(options.nonceReject ?? 0),
    },
  );
  const close = async (): Promise<void> => {
    await Promise.all([pebble.kill(), dns.kill()]);
    rmSync(directory, { recursive: true, force: true });
  };
  const directoryUrl = `https://localhost:${port}/dir`;
  try {
    await untilAnswers(directoryUrl, own.rootPem, pebble);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    directoryUrl,
    caPem: own.rootPem,
    fetchRootPem: () => fetchText(`https://localhost:${adminPort}/roots/0`, own.rootPem),
    get output() {
      return pebble.output;
    },
    close,
  };
}

interface Program {
  readonly child: ChildProcess;
  readonly output: string;
  kill(): Promise<void>;
}

function startProgram(
  name: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Program {
  const child = spawn(`/usr/bin/${name}`, parameters, {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const note = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-200_000);
  };
  child.stdout.on('data', note);
  child.stderr.on('data', note);
  const ended = once(child, 'close');
  const killChild = (): void => void child.kill('SIGKILL');
  process.once('exit', killChild);
  return {
    child,
    get output() {
      return output;
    },
    async kill() {
      process.off('exit', killChild);
      killChild();
      await ended;
    },
  };
}

async function untilAnswers(url: string, ca: string, { child, output }: Program): Promise<void> {
  const endMs = performance.now() + READY_MS;
  while (performance.now() < endMs && child.exitCode === null) {
    const text = await fetchText(url, ca).catch((error: Error) => `not yet: ${error.message}`);
    if (text.startsWith('{')) return;
    await delay(50);
  }
  throw new Error(`Pebble does not answer. Its output:\n${output}`);
}

function fetchText(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca, agent: false, timeout: 5000 }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('error', reject);
      response.on('end', () => resolve(text));
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer')));
    asked.on('error', reject);
    asked.end();
  });
}

/** Ports that nobody listens on now: Pebble cannot choose by itself and say which. */
async function freePorts(count: 4): Promise<[number, number, number, number]>;
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
