import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../packages/sekisho/dist/app/main.js', import.meta.url));
const READY_MS = 30_000;
const READY = '"msg":"ready"';

/** A built service in a process of its own. */
export interface ServiceProcess {
  readonly pid: number;
  readonly isRunning: boolean;
  /** The end of what it wrote to its log. */
  readonly log: string;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

export interface ServiceOptions {
  /** Where the role keeps its files, by its name in a state directory; created if it is missing. */
  readonly directory: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The configuration file. */
  readonly config?: string;
  /** Of Node. */
  readonly execArgv?: readonly string[];
}

/** Starts a service as `sekisho report serve`; resolves once it is ready. */
export async function startService(
  name: 'publish' | 'report' | 'intake',
  { directory, environment = {}, config, execArgv = [] }: ServiceOptions,
): Promise<ServiceProcess> {
  if (!existsSync(MAIN)) throw new Error('Sekisho is not built: run "npm run build" first.');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const options = config === undefined ? [] : ['--config', config];
  const child = spawn(process.execPath, [...execArgv, MAIN, name, 'serve', ...options], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: join(directory, '../compile-cache'),
      SEKISHO_STATE_DIRECTORY: dirname(directory),
      [`SEKISHO_${name.toUpperCase()}_LISTEN_ADMIN`]: 'off',
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  let isReady = false;
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
    isReady ||= log.includes(READY);
    log = log.slice(-100_000);
  });
  const service: ServiceProcess = {
    pid: child.pid ?? 0,
    get isRunning() {
      return isRunning(child);
    },
    get log() {
      return log;
    },
    async kill(signal) {
      const closed = once(child, 'close');
      if (!child.kill(signal)) return;
      await closed;
    },
  };
  const deadline = performance.now() + READY_MS;
  while (!isReady && service.isRunning && performance.now() < deadline) await delay(5);
  if (isReady) return service;
  await service.kill('SIGKILL');
  throw new Error(`"sekisho ${name} serve" was never ready: ${log}`);
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode === null && signalCode === null;

/** The most memory that the process ever had resident, in MB of 10^6 bytes. */
export function readPeakMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return (Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
}

/** Waits for what will be; throws what `describe` says when it is not in time. */
export async function eventually(
  is: () => boolean | Promise<boolean>,
  withinMs: number,
  describe: () => string,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await is())) {
    if (performance.now() > deadline) throw new Error(describe());
    await delay(5);
  }
}
