import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { onCore } from '../harness/cores.ts';
import { readCpuMs } from '../harness/process-cost.ts';
import { domainAt, mxAt, reporterAt, RESULT_TYPES } from '../world/intake-rows.ts';

const main = fileURLToPath(new URL('../../packages/sekisho/dist/app/main.js', import.meta.url));
const summary = fileURLToPath(new URL('../load/intake-summary.ts', import.meta.url));
const DAY_MS = 86_400_000;
/** How often a process that will end is looked at; what it does after the last look is not counted. */
const LOOK_MS = 10;

/** One kind of question, and how long its answers took. */
export interface SummaryCase {
  readonly days: number;
  readonly domain: string | undefined;
  /** By a store that was just opened. */
  readonly firstMs: number;
  readonly againMs: readonly number[];
}

export interface SummaryTimes {
  readonly cases: readonly SummaryCase[];
}

/** What an import cost, from the start of its process to its end. */
export interface ImportRun {
  readonly seconds: number;
  readonly cpuMs: number;
}

/** A report as most are: one policy, up to two failures. */
function reportOf(number: number, day: number, domains: number, reporters: number): string {
  const reporter = reporterAt(Math.floor(number / domains) % reporters);
  const domain = domainAt(number % domains);
  const date = new Date(day * DAY_MS).toISOString().slice(0, 10);
  const failures = Array.from({ length: number % 3 }, (_, index) => ({
    'result-type': RESULT_TYPES[(number + index) % RESULT_TYPES.length],
    'sending-mta-ip': `192.0.2.${String(number % 250)}`,
    'receiving-mx-hostname': mxAt(number % 20, index),
    'receiving-ip': `198.51.${String(number % 20)}.${String(index)}`,
    'failed-session-count': 1 + (number % 5),
    'failure-reason-code': 'X509_V_ERR_CERT_HAS_EXPIRED',
  }));
  const policy = {
    'policy-type': 'sts',
    'policy-string': ['version: STSv1', 'mode: testing', 'mx: *.host.example', 'max_age: 604800'],
    'policy-domain': domain,
    'mx-host': ['*.host.example'],
  };
  const failed = failures.reduce((sum, failure) => sum + failure['failed-session-count'], 0);
  return JSON.stringify({
    'organization-name': 'Reporter',
    'date-range': { 'start-datetime': `${date}T00:00:00Z`, 'end-datetime': `${date}T23:59:59Z` },
    'contact-info': `tls@${reporter}`,
    'report-id': `${String(number)}.${String(day)}@${reporter}`,
    policies: [
      {
        policy,
        summary: {
          'total-successful-session-count': number % 500,
          'total-failure-session-count': failed,
        },
        'failure-details': failures,
      },
    ],
  });
}

/** Writes reports of one day, compressed as they travel, each into a file of its own. */
export function writeReportFiles(
  directory: string,
  {
    count,
    day,
    domains,
    reporters,
  }: Readonly<Record<'count' | 'day' | 'domains' | 'reporters', number>>,
): void {
  mkdirSync(directory);
  for (let number = 0; number < count; number += 1)
    writeFileSync(
      join(directory, `${String(number)}.json.gz`),
      gzipSync(reportOf(number, day, domains, reporters)),
    );
}

/** Runs `sekisho intake import` as built, on the servers' core. @throws {Error} unless it has stored `count` reports. */
export async function importReports(
  directory: string,
  files: string,
  count: number,
): Promise<ImportRun> {
  if (!existsSync(main)) throw new Error('Sekisho is not built: run "npm run build" first');
  const line = [process.execPath, main, 'intake', 'import', '--json', files] as const;
  const [command, ...args] = onCore('server', line);
  const { PATH = '', HOME = '/' } = process.env;
  const sinceMs = performance.now();
  const child = spawn(command, args, {
    env: {
      PATH,
      HOME,
      SEKISHO_INTAKE_STATE_DIRECTORY: directory,
      SEKISHO_INTAKE_DKIM_VERIFY: 'false',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let cpuMs = 0;
  const looking = setInterval(() => {
    if (existsSync(`/proc/${String(child.pid)}/task`)) cpuMs = Math.max(cpuMs, readCpu(child.pid));
  }, LOOK_MS);
  const { output } = await collect(child, () => clearInterval(looking));
  const seconds = (performance.now() - sinceMs) / 1000;
  const { counts } = JSON.parse(output) as { counts: Readonly<Record<string, number>> };
  if (counts['stored'] !== count)
    throw new Error(`The import did not store ${String(count)} reports: ${output}`);
  return { seconds, cpuMs };
}

/** 0 for a process that has just ended. */
function readCpu(pid = 0): number {
  try {
    return readCpuMs(pid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return 0;
  }
}

/** Asks a store in a process of its own, on the servers' core. */
export async function readSummaryTimes(directory: string, lastDay: number): Promise<SummaryTimes> {
  const last = new Date(lastDay * DAY_MS).toISOString().slice(0, 10);
  const [command, ...args] = onCore('server', [process.execPath, summary, directory, last]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const { output, code } = await collect(child, () => undefined);
  if (code !== 0) throw new Error(`intake-summary ended with ${String(code)}`);
  return JSON.parse(output) as SummaryTimes;
}

async function collect(
  child: ReturnType<typeof spawn>,
  onEnd: () => void,
): Promise<{ readonly output: string; readonly code: number | null }> {
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  onEnd();
  return { output, code };
}
