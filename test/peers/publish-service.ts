import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { buildProgram } from '../../packages/sekisho/src/app/cli/program.ts';
import { reportFailure } from '../../packages/sekisho/src/app/cli/run-cli.ts';
import { loadSettings, type Settings } from '../../packages/sekisho/src/app/config/index.ts';
import {
  type PublishService,
  startPublishService,
} from '../../packages/sekisho/src/app/publish/service.ts';
import { systemClock } from '../../packages/sekisho/src/io/clock/index.ts';
import { createMemoryLog, type MemoryLog } from '../../packages/sekisho/src/io/log/index.ts';
import { createCertificateAuthority, type CertificateAuthority } from './certificates.ts';
import { type DnsServer, startDnsServer } from './dns-server.ts';

/** How a command ended. */
export interface CommandEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `sekisho publish serve` in this process, with a DNS of its own; `example.test` has a certificate. */
export interface ServiceWorld {
  readonly directory: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly stateDirectory: string;
  /** Where the service keeps its files, in the state directory. */
  readonly roleDirectory: string;
  readonly authority: CertificateAuthority;
  /** Recursive. */
  readonly dns: DnsServer;
  /** Authoritative for `example.test`; the hook changes it. */
  readonly zone: DnsServer;
  readonly log: MemoryLog;
  readonly httpsPort: number;
  /** The text at `_mta-sts.example.test`, as the hook was told last. */
  readonly announced: () => string | undefined;
  /** What the hook answers from now on: its exit code. */
  hookEnds(code: number): void;
  /** As the configuration file has them, but for what is given to `start`. */
  readonly settings: { readonly publish: PublishSettings };
  /** Settings of `publish` in place of those of the file; those of other groups in `everywhere`. */
  load(extra: Readonly<Record<string, unknown>>): Settings;
  freeAddress(): Promise<string>;
  /** To the control socket. */
  post(path: string, body?: string): Promise<{ readonly status: number; readonly body: unknown }>;
  start(extra?: Readonly<Record<string, unknown>>): Promise<PublishService>;
  stop(): Promise<void>;
  command(...argv: readonly string[]): Promise<CommandEnd>;
  close(): Promise<void>;
}

const NAME = 'example.test';

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, 'close');
  return port;
}

function setUpDns(dns: DnsServer, zone: DnsServer): void {
  dns.set(NAME, 'NS', ['ns1.example.test']);
  dns.set('ns1.example.test', 'A', ['127.0.0.1']);
  dns.set(NAME, 'MX', [{ preference: 10, exchange: 'mx.example.test' }]);
  dns.set('mx.example.test', 'A', ['127.0.0.1']);
  dns.set(`mta-sts.${NAME}`, 'A', ['127.0.0.1']);
  zone.set(NAME, 'NS', ['ns1.example.test']);
}

export async function createServiceWorld(): Promise<ServiceWorld> {
  const directory = mkdtempSync(join(tmpdir(), 'sekisho-publish-'));
  const stateDirectory = join(directory, 'state');
  const roleDirectory = join(stateDirectory, 'publisher');
  const configFile = join(directory, 'sekisho.yaml');
  const [order, hookCode] = [join(directory, 'order.json'), join(directory, 'code')];
  const authority = createCertificateAuthority(directory);
  const [dns, zone] = [await startDnsServer(), await startDnsServer({ zones: [NAME] })];
  setUpDns(dns, zone);
  const certificate = authority.issue({ dnsNames: [`mta-sts.${NAME}`] });
  const [certificateFile, keyFile] = [join(directory, 'chain.pem'), join(directory, 'key.pem')];
  writeFileSync(certificateFile, certificate.chainPem);
  writeFileSync(keyFile, certificate.keyPem, { mode: 0o600 });
  const httpsPort = await findPort();
  const log = createMemoryLog();
  let announced: string | undefined;
  writeFileSync(hookCode, '0');

  const obey = (): void => {
    try {
      const { action, name, text: wished } = JSON.parse(readFileSync(order, 'utf8')) as Order;
      announced = action === 'replace' ? wished : undefined;
      for (const server of [dns, zone]) {
        if (announced === undefined) server.remove(name, 'TXT');
        else server.set(name, 'TXT', [announced]);
      }
      rmSync(order);
    } catch (error) {
      // Nothing is ordered, or not wholly written yet.
      if (!(error instanceof SyntaxError) && (error as { code?: string }).code !== 'ENOENT')
        throw error;
    }
  };
  const timer = setInterval(obey, 10);

  const settings = {
    stateDirectory,
    dns: { servers: [dns.address], timeoutMs: 500, deadlineMs: 1000 },
    https: { caFile: authority.rootFile, port: httpsPort, allowedAddresses: ['127.0.0.0/8'] },
    publish: {
      listen: { https: [`127.0.0.1:${httpsPort}`], http: [], admin: '127.0.0.1:0' },
      domains: [{ name: NAME, certificateFile, keyFile, mx: ['mx.example.test'] }],
      dns: {
        update: 'command',
        command: [
          '/bin/sh',
          '-c',
          'c=$(cat "$2"); [ "$c" = 0 ] && cat > "$1.new" && mv "$1.new" "$1"; exit "$c"',
          'hook',
          order,
          hookCode,
        ],
        authorityPort: zone.port,
      },
      probe: { timeoutMs: 1000, port: await findPort() },
      pollSeconds: 1,
    },
  };
  const load = (extra: Readonly<Record<string, unknown>>): Settings => {
    const { everywhere = {}, ...own } = extra;
    const publish = { ...settings.publish, ...own };
    const all = { ...settings, ...(everywhere as object), publish };
    writeFileSync(configFile, JSON.stringify(all));
    return loadSettings({ configFile, environment: {} }).settings;
  };
  let service: PublishService | undefined;
  const stop = async (): Promise<void> => {
    await service?.close();
    service = undefined;
  };
  return {
    directory,
    certificateFile,
    keyFile,
    stateDirectory,
    roleDirectory,
    authority,
    dns,
    zone,
    log,
    httpsPort,
    announced: () => announced,
    hookEnds: (code) => writeFileSync(hookCode, String(code)),
    stop,
    settings,
    load,
    freeAddress: async () => `127.0.0.1:${await findPort()}`,
    post: (path, body = '') => post(join(roleDirectory, 'publish.sock'), path, body),
    async start(extra = {}) {
      const wished = load(extra);
      const parts = { environment: {}, clock: systemClock, log, version: '0.0.0' };
      service = await startPublishService({ ...parts, settings: wished });
      return service;
    },
    async command(...argv) {
      let [stdout, stderr] = ['', ''];
      const context = {
        stdout: { write: (chunk: string) => (stdout += chunk) },
        stderr: { write: (chunk: string) => (stderr += chunk) },
        environment: { SUDO_USER: 'ann', HOME: directory },
      };
      const code = await buildProgram(context)
        .run([...argv, '--config', configFile])
        .catch((error: unknown) => reportFailure(error, context.stderr));
      return { code, stdout, stderr };
    },
    async close() {
      await stop();
      clearInterval(timer);
      await dns.close();
      await zone.close();
      rmSync(directory, { recursive: true });
    },
  };
}

interface PublishSettings {
  readonly listen: Readonly<Record<string, unknown>>;
  readonly domains: readonly Readonly<Record<string, unknown>>[];
}

async function post(socketPath: string, path: string, body: string) {
  const asked = request({ socketPath, path, method: 'POST' });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: JSON.parse(await text(response)) as unknown };
}

interface Order {
  readonly action: 'replace' | 'remove';
  readonly name: string;
  readonly text?: string;
}
