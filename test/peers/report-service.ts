import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { parseTlsReport, type TlsReport } from '@sekisho/spec';
import { buildProgram } from '../../packages/sekisho/src/app/cli/program.ts';
import { reportFailure } from '../../packages/sekisho/src/app/cli/run-cli.ts';
import { loadSettings, type Settings } from '../../packages/sekisho/src/app/config/index.ts';
import {
  type ReportService,
  startReportService,
} from '../../packages/sekisho/src/app/report/service.ts';
import { createFakeClock, type FakeClock } from '../../packages/sekisho/src/io/clock/index.ts';
import { createMemoryLog, type MemoryLog } from '../../packages/sekisho/src/io/log/index.ts';
import { type DnsServer, startDnsServer } from './dns-server.ts';
import type { CommandEnd } from './publish-service.ts';
import { type SmtpFault, type SmtpSink, type SmtpStage, startSmtpSink } from './smtp-sink.ts';
import { openUnixDatagramSender } from './unix-datagram-sender.ts';

/** `sekisho report serve` in this process: a DNS and a mail server of its own, and a clock that stands still. */
export interface ReportWorld {
  readonly directory: string;
  readonly stateDirectory: string;
  /** Where the service keeps its files, in the state directory. */
  readonly roleDirectory: string;
  /** RSA, PEM. */
  readonly keyFile: string;
  readonly dns: DnsServer;
  readonly clock: FakeClock;
  readonly log: MemoryLog;
  readonly sink: SmtpSink;
  /** Replaces the mail server by one that answers so; settings that are loaded from then on name it. */
  answerMail(faults: Partial<Record<SmtpStage, SmtpFault>>): Promise<void>;
  /** The report in the mail that the mail server received last. */
  readonly report: () => TlsReport;
  /** What is given is laid over the settings of `report`. */
  load(extra?: Readonly<Record<string, unknown>>): Settings;
  start(extra?: Readonly<Record<string, unknown>>): Promise<ReportService>;
  stop(): Promise<void>;
  /** Sends one datagram for each, and resolves when what they tell is kept. */
  tell(...datagrams: readonly (object | string)[]): Promise<void>;
  /** Moves the clock on, in steps between which the world has time to answer, until `run` does not throw. */
  until(run: () => Promise<void> | void): Promise<void>;
  post(path: string, body: object): Promise<{ readonly status: number; readonly body: unknown }>;
  command(...argv: readonly string[]): Promise<CommandEnd>;
  close(): Promise<void>;
}

const STEP_MS = 30_000;
const PAUSE_MS = 20;
const MOST_STEPS = 1000;

const pause = (): Promise<void> => new Promise((done) => setTimeout(done, PAUSE_MS));

/** @param startMs where the clock stands. */
export async function createReportWorld(startMs: number): Promise<ReportWorld> {
  const directory = mkdtempSync(join(tmpdir(), 'sekisho-report-'));
  const stateDirectory = join(directory, 'state');
  const roleDirectory = join(stateDirectory, 'reporter');
  const configFile = join(directory, 'sekisho.yaml');
  const keyFile = join(directory, 'key.pem');
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(keyFile, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const dns = await startDnsServer();
  const clock = createFakeClock(startMs);
  const log = createMemoryLog();
  let sink = await startSmtpSink();
  let service: ReportService | undefined;

  const settingsWith = (extra: Readonly<Record<string, unknown>>): object => ({
    stateDirectory,
    dns: { servers: [dns.address], timeoutMs: 500, deadlineMs: 1000 },
    report: {
      contact: 'tls@sender.test',
      organizationName: 'Sender',
      dkim: { keyFile, selector: 'tlsrpt' },
      spreadMinutes: 0,
      listen: { admin: 'off' },
      mail: { port: sink.port, heloName: 'mta.sender.test' },
      limits: { hostGapMs: 0 },
      ...extra,
    },
  });
  const load = (extra: Readonly<Record<string, unknown>> = {}): Settings => {
    writeFileSync(configFile, JSON.stringify(settingsWith(extra)));
    return loadSettings({ configFile, environment: {} }).settings;
  };
  const stop = async (): Promise<void> => {
    await service?.close();
    service = undefined;
  };
  const until = async (run: () => Promise<void> | void): Promise<void> => {
    for (let step = 0; ; step += 1) {
      try {
        await run();
        return;
      } catch (error) {
        if (step >= MOST_STEPS) throw error;
        await clock.advance(STEP_MS);
        await pause();
      }
    }
  };
  return {
    directory,
    stateDirectory,
    roleDirectory,
    keyFile,
    dns,
    clock,
    log,
    load,
    stop,
    until,
    get sink() {
      return sink;
    },
    async answerMail(faults) {
      await sink.close();
      sink = await startSmtpSink(faults);
    },
    report: () => readReport(sink.received),
    async start(extra = {}) {
      service = await startReportService({
        settings: load(extra),
        environment: {},
        clock,
        log,
        version: '0.0.0',
        clockOffsetMs: () => clock.now() - Date.now(),
      });
      return service;
    },
    async tell(...datagrams) {
      const [place = ''] = service?.datagrams ?? [];
      const before = await countKept(service);
      const sender = openUnixDatagramSender(place);
      for (const each of datagrams)
        sender.send(Buffer.from(typeof each === 'string' ? each : JSON.stringify(each)));
      sender.close();
      for (let step = 0; step < MOST_STEPS; step += 1) {
        if ((await countKept(service)) >= before + datagrams.length) return;
        await clock.advance(1000);
        await pause();
      }
      throw new Error('the datagrams did not arrive');
    },
    post: (path, body) => post(join(roleDirectory, 'report.sock'), path, body),
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
      await sink.close();
      await dns.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** Sessions and samples, so that a datagram counts whether it can be used or not. */
async function countKept(service: ReportService | undefined): Promise<number> {
  const days = (await service?.store.listDays()) ?? [];
  const samples = (await service?.store.countSamples()) ?? [];
  const sessions = days.reduce((sum, day) => sum + day.successes + day.failures, 0);
  return samples.reduce((sum, { count }) => sum + count, sessions);
}

function readReport(mail: string): TlsReport {
  const [, part = ''] =
    /application\/tlsrpt\+gzip[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/u.exec(mail) ?? [];
  const report = parseTlsReport(gunzipSync(Buffer.from(part, 'base64')).toString());
  if (!report.ok) throw new Error('the mail holds no report');
  return report.value;
}

async function post(socketPath: string, path: string, body: object) {
  const headers = { 'content-type': 'application/json' };
  const asked = request({ socketPath, path, method: 'POST', headers });
  asked.end(JSON.stringify(body));
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: JSON.parse(await text(response)) as unknown };
}
