import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onCore, type Core } from './cores.ts';

/** A process under measurement, or one that measures. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Undefined while it runs, else how it ended. */
  readonly ended: () => string | undefined;
  /** The end of what it wrote, for messages. */
  readonly tail: () => string;
  readonly stop: () => Promise<void>;
}

export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly core: Core;
  /** Its output goes to NAME.log here. */
  readonly directory: string;
  /** Beside PATH and HOME; nothing else is inherited, so that settings of the person's shell do not count. */
  readonly environment?: Readonly<Record<string, string>>;
}

const STOP_MS = 3000;
const running = new Set<ChildProcess>();
// Nothing that a benchmark started may outlive it, however it ends.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Debian keeps daemons where an ordinary user's PATH does not look. */
function basicEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '/' } = process.env;
  return { PATH: `${PATH}:/usr/sbin:/sbin`, HOME };
}

async function stop(process_: ChildProcess): Promise<void> {
  if (!running.has(process_)) return;
  const ended = new Promise((done) => {
    process_.once('exit', done);
  });
  process_.kill('SIGTERM');
  const timer = new AbortController();
  const tooLate = delay(STOP_MS, 'late', { signal: timer.signal }).catch(() => 'ended');
  if ((await Promise.race([ended, tooLate])) === 'late') process_.kill('SIGKILL');
  timer.abort();
  await ended;
}

/** @throws {Error} if the command cannot be started. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, directory, environment = {} } = options;
  const logFile = join(directory, `${name.replaceAll(/[^\w-]+/g, '-')}.log`);
  const log = openSync(logFile, 'w');
  const [command, ...args] = onCore(options.core, [options.command, ...options.args]);
  const env = { ...basicEnvironment(), ...environment };
  const child = spawn(command, args, { env, cwd: directory, stdio: ['ignore', log, log] });
  closeSync(log);
  const { pid } = await new Promise<{ readonly pid: number }>((started, failed) => {
    child.once('error', (error) => failed(new Error(`Cannot start ${name}: ${error.message}`)));
    child.once('spawn', () => started({ pid: child.pid ?? 0 }));
  });
  running.add(child);
  let end: string | undefined;
  child.once('exit', (code, signal) => {
    running.delete(child);
    end = signal ?? `exit code ${String(code)}`;
  });
  return {
    name,
    pid,
    ended: () => end,
    tail: () => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-8).join('\n'),
    stop: () => stop(child),
  };
}
