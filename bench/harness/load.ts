import { spawnSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onCore } from './cores.ts';
import type { Endpoint } from './endpoint.ts';

const sources = fileURLToPath(new URL('../load', import.meta.url));
const built = fileURLToPath(new URL('../.cache', import.meta.url));

/** What one run of the load generator saw; latencies in microseconds. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
  readonly ok: number;
  readonly notFound: number;
  readonly temp: number;
  readonly other: number;
  readonly errors: number;
  readonly stalled: boolean;
}

export interface LoadOptions {
  readonly to: Endpoint;
  readonly keysFile: string;
  readonly connections: number;
  readonly seconds?: number;
  readonly warmupSeconds?: number;
  /** Each key once, in order, instead of random ones for a time. */
  readonly once?: boolean;
  /** At most one request in so many microseconds on each connection. */
  readonly paceUs?: number;
}

function modifiedMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** @throws {Error} that tells a person what to install. */
function compile(name: string): string {
  const target = join(built, name);
  const inputs = [`${name}.c`, 'endpoint.h', 'histogram.h'].map((file) => join(sources, file));
  if (inputs.every((input) => modifiedMs(input) < modifiedMs(target))) return target;
  mkdirSync(built, { recursive: true });
  const args = ['-O2', '-std=gnu11', '-o', target, join(sources, `${name}.c`)];
  const { status, error, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
  if (status === 0) return target;
  const why = error === undefined ? stderr : 'there is no C compiler "cc" (Debian: gcc, libc6-dev)';
  throw new Error(`Cannot build bench/load/${name}.c: ${why}`);
}

/** Paths of the two C programs, built if they are missing or old. */
export function buildLoadTools(): { readonly smapload: string; readonly smapconst: string } {
  return { smapload: compile('smapload'), smapconst: compile('smapconst') };
}

function toArguments(options: LoadOptions): string[] {
  const { to, keysFile, connections, seconds = 1, warmupSeconds = 0 } = options;
  const values = {
    to,
    keys: keysFile,
    connections,
    seconds,
    warmup: warmupSeconds,
    seed: Math.floor(Math.random() * 2 ** 40),
    ...(options.paceUs === undefined ? {} : { 'pace-us': options.paceUs }),
  };
  const named = Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return options.once === true ? [...named, '--once'] : named;
}

/** Runs the load generator to its end. @throws {Error} if it fails, or sees a broken or silent server. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const [command, ...args] = onCore('load', [join(built, 'smapload'), ...toArguments(options)]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`smapload ended with ${String(code)} at ${options.to}`);
  const result = JSON.parse(output) as LoadResult;
  if (result.stalled || result.errors > 0 || result.other > 0)
    throw new Error(`${options.to} broke the protocol or fell silent: ${output.trim()}`);
  return result;
}
