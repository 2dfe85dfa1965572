import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { readServerCore } from './core-load.ts';
import { onCore } from './cores.ts';
import { readCpuMs } from './process-cost.ts';

const source = fileURLToPath(new URL('../load/tlsload.c', import.meta.url));
const folder = fileURLToPath(new URL('../.cache', import.meta.url));
const program = join(folder, 'tlsload');
const AT_ONCE = 16;

/** What one run saw; latencies in microseconds. */
interface LoadOutput {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly errors: number;
  /** Share of its core that the generator itself had: near 1 it is what limits the rate. */
  readonly generatorBusy: number;
}

export interface FetchRound extends LoadOutput {
  /** CPU time of the server for each fetch. */
  readonly cpuUs: number;
  /** Share of the server's core that went to anything but the server. */
  readonly othersShare: number;
}

export interface FetchOptions {
  readonly port: number;
  readonly pid: number;
  readonly hostsFile: string;
  /** Fetches from every host once before it measures. */
  readonly fill?: boolean;
  readonly seconds: number;
}

/** Builds the generator; the reason if it cannot be built. */
export function buildTlsLoad(): string | undefined {
  mkdirSync(folder, { recursive: true });
  const args = ['-O2', '-std=gnu11', '-o', program, source, '-lssl', '-lcrypto'];
  const { status, error, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
  if (status === 0) return undefined;
  if (error !== undefined) return 'there is no C compiler "cc" (Debian: gcc, libc6-dev)';
  return stderr.includes('openssl/')
    ? 'there are no headers of OpenSSL (Debian: libssl-dev)'
    : `bench/load/tlsload.c does not compile: ${stderr}`;
}

function toArguments({ port, hostsFile, fill, seconds }: FetchOptions): readonly string[] {
  const values = {
    to: `tcp:${String(port)}`,
    hosts: hostsFile,
    connections: AT_ONCE,
    warmup: 0.2,
    seconds,
    seed: Math.floor(Math.random() * 2 ** 40),
  };
  return [
    ...Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ...(fill === true ? ['--fill'] : []),
  ];
}

/** Runs the generator to its end. @throws {Error} if a fetch fails. */
export async function runFetches(options: FetchOptions): Promise<FetchRound> {
  const [command, ...args] = onCore('load', [program, ...toArguments(options)]);
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  let before = { cpuMs: 0, core: readServerCore() };
  let output: LoadOutput | undefined;
  let after = before;
  const look = () => ({ cpuMs: readCpuMs(options.pid), core: readServerCore() });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'ready') {
      before = look();
      child.stdin.end('\n');
    } else {
      after = look();
      output = JSON.parse(line) as LoadOutput;
    }
  }
  await ended;
  if (output === undefined || output.errors > 0)
    throw new Error(`tlsload failed at port ${String(options.port)}: ${JSON.stringify(output)}`);
  const spentMs = after.cpuMs - before.cpuMs;
  const othersMs = Math.max(0, after.core.busyMs - before.core.busyMs - spentMs);
  return {
    ...output,
    cpuUs: (spentMs * 1000) / output.requests,
    othersShare: othersMs / (after.core.totalMs - before.core.totalMs),
  };
}
