import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openSqliteReportStore } from '../../packages/sekisho/src/report/store/index.ts';
import type { Bench } from '../harness/bench.ts';
import { type Child, startChild } from '../harness/child.ts';
import { onCore } from '../harness/cores.ts';
import { domainName, MAX_AGE_SECONDS, mxOf } from '../harness/domains.ts';

const main = fileURLToPath(new URL('../../packages/sekisho/dist/app/main.js', import.meta.url));
const source = fileURLToPath(new URL('../load/dgramload.c', import.meta.url));
const folder = fileURLToPath(new URL('../.cache', import.meta.url));
const program = join(folder, 'dgramload');
const READY_MS = 60_000;
const STOP_MS = 60_000;
/** One in so many sessions fails. */
const FAILING = 10;

/** `sekisho report serve` that runs. */
export interface ReportService {
  readonly child: Child;
  readonly socketPath: string;
  /** Stops it in order, and counts the sessions that it has kept. */
  stopAndCount(): Promise<number>;
}

/** What a sender saw. */
export interface SentDatagrams {
  readonly sent: number;
  /** Those for which there was no room in the queue. */
  readonly lost: number;
  readonly seconds: number;
}

/** As built, with an empty state directory. */
export async function startReportService(bench: Bench, children: Child[]): Promise<ReportService> {
  if (!existsSync(main)) throw new Error('Sekisho is not built: run "npm run build" first');
  const directory = bench.makeFolder('report');
  const socketPath = join(directory, 'reporter', 'tlsrpt.sock');
  const child = await startChild({
    name: 'sekisho-report',
    command: process.execPath,
    args: [main, 'report', 'serve'],
    core: 'server',
    directory,
    environment: {
      SEKISHO_STATE_DIRECTORY: directory,
      SEKISHO_REPORT_LISTEN_ADMIN: 'off',
      SEKISHO_LOG_LEVEL: 'warn',
    },
  });
  children.push(child);
  // The last thing that it listens on.
  await until(child, READY_MS, () => existsSync(join(directory, 'reporter', 'report.sock')));
  return {
    child,
    socketPath,
    async stopAndCount() {
      process.kill(child.pid, 'SIGTERM');
      await until(child, STOP_MS, () => child.ended() !== undefined, true);
      return countSessions(directory);
    },
  };
}

async function until(
  child: Child,
  withinMs: number,
  is: () => boolean,
  mayEnd = false,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!is()) {
    if (performance.now() > deadline || (!mayEnd && child.ended() !== undefined))
      throw new Error(`${child.name} is not where it should be: ${child.tail()}`);
    await delay(5);
  }
}

async function countSessions(directory: string): Promise<number> {
  const store = await openSqliteReportStore({
    directory: join(directory, 'reporter'),
    readOnly: true,
  });
  const days = await store.listDays();
  await store.close();
  return days.reduce((sum, { successes, failures }) => sum + successes + failures, 0);
}

/** Builds the sender. @throws {Error} that tells a person what to install. */
export function buildDatagramLoad(): void {
  mkdirSync(folder, { recursive: true });
  const args = ['-O2', '-std=gnu11', '-o', program, source];
  const { status, error, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
  if (status === 0) return;
  const why = error === undefined ? stderr : 'there is no C compiler "cc" (Debian: gcc, libc6-dev)';
  throw new Error(`Cannot build bench/load/dgramload.c: ${why}`);
}

/** What Postfix tells of a session with a domain under MTA-STS, as its library writes it. */
function datagramOf(domain: string, isFailure: boolean): string {
  const [mx = ''] = mxOf(domain);
  const details = `{"c":202,"s": "192.0.2.1","n": "${mx}","r": "198.51.100.7"}`;
  const end = isFailure ? `"failure-details":[${details}],"t":1,"f":1` : '"t":0,"f":0';
  const lines = ['version: STSv1', 'mode: enforce', `mx: ${mx}`, `max_age: ${MAX_AGE_SECONDS}`];
  return (
    `{"dpv": "1","d": "${domain}","pr": "v=TLSRPTv1; rua=mailto:tlsrpt@${domain}","policies":[{"policy-type":2,` +
    `"policy-domain": "${domain}","policy-string":${JSON.stringify(lines)},"mx-host":["${mx}"],${end}}]}`
  );
}

/** Writes one for each of `domains`, and returns their path and mean length in bytes. */
export function writeDatagrams(
  bench: Bench,
  domains: number,
): { readonly file: string; readonly meanBytes: number } {
  const file = join(bench.directory, 'datagrams.txt');
  const lines = Array.from({ length: domains }, (_, index) =>
    datagramOf(domainName(index), index % FAILING === 0),
  );
  const text = `${lines.join('\n')}\n`;
  writeFileSync(file, text);
  return { file, meanBytes: text.length / domains - 1 };
}

/** Sends for a time, waiting for room; or so many without waiting. */
export async function sendDatagrams(
  socketPath: string,
  file: string,
  how: { readonly seconds: number } | { readonly unpaced: number },
): Promise<SentDatagrams> {
  const manner =
    'seconds' in how
      ? ['--seconds', String(how.seconds)]
      : ['--unpaced', '--count', String(how.unpaced)];
  const args = [program, '--to', socketPath, '--datagrams', file, ...manner] as const;
  const [command, ...rest] = onCore('load', args);
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`dgramload ended with ${String(code)}`);
  return JSON.parse(output) as SentDatagrams;
}
