import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectSocketmap } from './socketmap-client.ts';

const MAIN = fileURLToPath(new URL('../../packages/sekisho/dist/app/main.js', import.meta.url));
const READY_MS = 20_000;

/** The built daemon in a process of its own. */
export interface DaemonProcess {
  readonly pid: number;
  /** Where it answers. */
  readonly socketPath: string;
  readonly isRunning: boolean;
  /** What it wrote to its log so far. */
  readonly log: string;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

/** Starts the daemon with its state and its socket in one directory; resolves once it answers. */
export async function startDaemonProcess(
  directory: string,
  environment: Readonly<Record<string, string>>,
): Promise<DaemonProcess> {
  if (!existsSync(MAIN)) throw new Error('The daemon is not built: run "npm run build" first.');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const socketPath = join(directory, 'socketmap');
  const child = spawn(process.execPath, [MAIN, 'daemon'], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: join(directory, 'compile-cache'),
      SEKISHO_STATE_DIRECTORY: directory,
      SEKISHO_LISTEN_SOCKETMAP: `unix:${socketPath}`,
      SEKISHO_LISTEN_ADMIN: 'off',
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-100_000);
  });
  const daemon: DaemonProcess = {
    pid: child.pid ?? 0,
    socketPath,
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
  await answers(daemon);
  return daemon;
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode === null && signalCode === null;

async function answers(daemon: DaemonProcess): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (performance.now() < deadline && daemon.isRunning) {
    const client = await connectSocketmap(daemon.socketPath);
    if (client !== undefined) {
      client.close();
      return;
    }
    await delay(10);
  }
  await daemon.kill('SIGKILL');
  throw new Error(`The daemon did not answer: ${daemon.log}`);
}
