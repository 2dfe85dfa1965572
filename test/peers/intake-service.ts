import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseDomain } from '@sekisho/spec';
import { buildProgram } from '../../packages/sekisho/src/app/cli/program.ts';
import { reportFailure } from '../../packages/sekisho/src/app/cli/run-cli.ts';
import { loadSettings, type Settings } from '../../packages/sekisho/src/app/config/index.ts';
import {
  type IntakeService,
  startIntakeService,
} from '../../packages/sekisho/src/app/intake/service.ts';
import { createFakeClock, type FakeClock } from '../../packages/sekisho/src/io/clock/index.ts';
import { createDkimSigner } from '../../packages/sekisho/src/io/dkim-sign/index.ts';
import { createMemoryLog, type MemoryLog } from '../../packages/sekisho/src/io/log/index.ts';
import {
  buildReportMail,
  REPORT,
  reportPart,
  TEXT_PART,
} from '../fixtures/tls-reports/report-mail.ts';
import { type DnsServer, startDnsServer } from './dns-server.ts';
import type { CommandEnd } from './publish-service.ts';

/** What a report says, where it is not as usual. */
export interface ReportWish {
  /** `YYYY-MM-DD`; default yesterday. */
  readonly day?: string;
  readonly domain?: string;
  readonly id?: string;
  readonly successful?: number;
  readonly failures?: readonly Readonly<Record<string, unknown>>[];
}

/** `sekisho intake serve` in this process, with a DNS of its own, in which `example.net` has a DKIM key. */
export interface IntakeWorld {
  readonly directory: string;
  readonly stateDirectory: string;
  /** Where the service keeps its files, in the state directory. */
  readonly roleDirectory: string;
  readonly configFile: string;
  readonly dns: DnsServer;
  /** Begins at the machine's time. */
  readonly clock: FakeClock;
  readonly log: MemoryLog;
  readonly today: string;
  readonly yesterday: string;
  freePort(): Promise<number>;
  /** What is given is laid over the settings of `intake`; `everywhere` holds those of other groups. */
  load(extra?: Readonly<Record<string, unknown>>): Settings;
  start(extra?: Readonly<Record<string, unknown>>): Promise<IntakeService>;
  stop(): Promise<void>;
  json(wish?: ReportWish): Buffer;
  /** A message of `example.net`, signed unless `isSigned` is false. */
  mail(wish?: ReportWish, isSigned?: boolean): Promise<Buffer>;
  /** Hands a message over by LMTP; the reply after its last line. */
  deliver(message: Buffer): Promise<string>;
  command(...argv: readonly string[]): Promise<CommandEnd>;
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });

export async function createIntakeWorld(): Promise<IntakeWorld> {
  const directory = mkdtempSync(join(tmpdir(), 'sekisho-intake-'));
  const [stateDirectory, lmtp] = [join(directory, 'state'), join(directory, 'lmtp.sock')];
  const roleDirectory = join(stateDirectory, 'intake');
  const configFile = join(directory, 'sekisho.yaml');
  const dns = await startDnsServer();
  const signer = createSigner();
  dns.set(signer.recordName, 'TXT', [signer.recordText.match(/.{1,200}/gu) ?? []]);
  const clock = createFakeClock(Date.now());
  const log = createMemoryLog();
  const dayText = (ago: number): string =>
    new Date(clock.now() - ago * DAY_MS).toISOString().slice(0, 10);
  const [today, yesterday] = [dayText(0), dayText(1)];
  let service: IntakeService | undefined;
  let nextId = 1;

  const load = (extra: Readonly<Record<string, unknown>> = {}): Settings => {
    const { listen = {}, everywhere = {}, ...rest } = extra;
    const settings = {
      ...(everywhere as object),
      stateDirectory,
      dns: { servers: [dns.address], timeoutMs: 500, deadlineMs: 1000 },
      intake: {
        listen: { lmtp: [`unix:${lmtp}`], admin: 'off', ...(listen as object) },
        ...rest,
      },
    };
    writeFileSync(configFile, JSON.stringify(settings));
    return loadSettings({ configFile, environment: {} }).settings;
  };
  load();
  const json = (wish: ReportWish = {}): Buffer => {
    const { id = `${String(nextId++)}@example.net`, day = yesterday } = wish;
    return Buffer.from(JSON.stringify(fillReport(wish, id, day)));
  };
  const stop = async (): Promise<void> => {
    await service?.close();
    service = undefined;
  };
  return {
    directory,
    stateDirectory,
    roleDirectory,
    configFile,
    dns,
    clock,
    log,
    today,
    yesterday,
    freePort: findPort,
    load,
    json,
    stop,
    async start(extra) {
      const settings = load(extra);
      service = await startIntakeService({ settings, environment: {}, clock, log, version: '0' });
      return service;
    },
    async mail(wish = {}, isSigned = true) {
      const mail = buildReportMail({
        fields: [`TLS-Report-Domain: ${wish.domain ?? 'example.com'}`],
        parts: [TEXT_PART, reportPart('application/tlsrpt+gzip', gzipSync(json(wish)))],
      });
      return isSigned ? signer.sign(mail, new Date(clock.now())) : mail;
    },
    deliver: (message) => deliver(lmtp, message),
    async command(...argv) {
      let [stdout, stderr] = ['', ''];
      const context = {
        stdout: { write: (chunk: string) => (stdout += chunk) },
        stderr: { write: (chunk: string) => (stderr += chunk) },
        environment: { HOME: directory },
      };
      const code = await buildProgram(context)
        .run([...argv, '--config', configFile])
        .catch((error: unknown) => reportFailure(error, context.stderr));
      return { code, stdout, stderr };
    },
    async close() {
      await stop();
      await dns.close();
      rmSync(directory, { recursive: true });
    },
  };
}

function fillReport(wish: ReportWish, id: string, day: string): object {
  const { domain = 'example.com', successful = 7, failures = [] } = wish;
  const report = JSON.parse(REPORT) as { policies: { policy: object }[] };
  const [{ policy } = { policy: {} }] = report.policies;
  const failed = failures.reduce((sum, each) => sum + Number(each['failed-session-count']), 0);
  return {
    ...report,
    'report-id': id,
    'date-range': {
      'start-datetime': `${day}T00:00:00Z`,
      'end-datetime': `${day}T23:59:59Z`,
    },
    policies: [
      {
        policy: { ...policy, 'policy-domain': domain },
        summary: {
          'total-successful-session-count': successful,
          'total-failure-session-count': failed,
        },
        'failure-details': failures,
      },
    ],
  };
}

function createSigner() {
  const domain = parseDomain('example.net');
  if (!domain.ok) throw new Error('the domain of the signer is none');
  return createDkimSigner({
    domain: domain.value,
    selector: 's1',
    privateKeyPem: String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' })),
    signedFields: ['From', 'To', 'Subject', 'Date', 'Content-Type', 'TLS-Report-Domain'],
  });
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** One message over a connection of its own (RFC 2033). */
async function deliver(path: string, message: Buffer): Promise<string> {
  const socket = connect(path);
  socket.setEncoding('utf8');
  let text = '';
  const closed = once(socket, 'close');
  const reply = async (): Promise<string> => {
    for (;;) {
      const found = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/u.exec(text);
      if (found !== null) {
        text = text.slice(found[0].length);
        return found[0].trimEnd();
      }
      const [chunk] = (await Promise.race([once(socket, 'data'), closed])) as [unknown];
      if (typeof chunk !== 'string') throw new Error('the server hung up');
      text += chunk;
    }
  };
  await reply();
  const dialogue = ['LHLO mta.test', 'MAIL FROM:<>', 'RCPT TO:<r@example.com>', 'DATA'];
  for (const line of dialogue) {
    socket.write(`${line}\r\n`);
    await reply();
  }
  socket.write(message.toString('latin1').replace(/^\./gmu, '..'), 'latin1');
  socket.write('\r\n.\r\n');
  const last = await reply();
  socket.end('QUIT\r\n');
  await closed;
  return last;
}
