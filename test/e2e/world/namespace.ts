import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Finished, run, tryRun } from './run.ts';

const PREFIX = 'sekisho-e2e';

/** A network namespace of its own: nothing in it reaches the machine or is reached from it. */
export interface Namespace {
  readonly name: string;
  /** The command line that runs `command` inside. */
  inside(command: readonly string[]): string[];
  run(command: readonly string[], input?: string): string;
  tryRun(command: readonly string[], input?: string): Finished;
  /** Starts a program that stays in the foreground; its output goes to `logFile`. */
  start(command: readonly string[], logFile: string, env?: NodeJS.ProcessEnv): ChildProcess;
}

/** Makes a namespace whose name carries this process's id, so that two runs never meet. */
export function createNamespace(role: 'sender' | 'internet' | 'publisher'): Namespace {
  const name = `${PREFIX}-${process.pid}-${role}`;
  run(['ip', 'netns', 'add', name]);
  const inside = (command: readonly string[]) => ['ip', 'netns', 'exec', name, ...command];
  run(inside(['ip', 'link', 'set', 'lo', 'up']));
  // Postfix's log daemon jams under load with the usual queue of ten datagrams.
  run(inside(['sysctl', '-qw', 'net.unix.max_dgram_qlen=1000']));
  return {
    name,
    inside,
    run: (command, input) => run(inside(command), input),
    tryRun: (command, input) => tryRun(inside(command), input),
    start: (command, logFile, env) => startInside(inside(command), logFile, env),
  };
}

function startInside(
  command: readonly string[],
  logFile: string,
  env: NodeJS.ProcessEnv = process.env,
): ChildProcess {
  const [file = '', ...args] = command;
  const log = openSync(logFile, 'a');
  // Detached, so that a kept world survives the run that made it.
  const child = spawn(file, args, { detached: true, stdio: ['ignore', log, log], env });
  child.unref();
  return child;
}

/** Gives a namespace its own `/etc/resolv.conf` (seen by programs that `ip netns exec` starts). */
export function setResolver(namespace: Namespace, text: string): void {
  const folder = resolverFolder(namespace.name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'resolv.conf'), text);
}

function resolverFolder(name: string): string {
  return join('/etc/netns', name);
}

/** Ends every process inside a namespace and removes it. */
export async function removeNamespace(name: string): Promise<void> {
  for (const signal of ['TERM', 'TERM', 'KILL'] as const) {
    const pids = processesInside(name);
    if (pids.length === 0) break;
    tryRun(['kill', `-${signal}`, ...pids]);
    await waitUntilEmpty(name);
  }
  tryRun(['ip', 'netns', 'del', name]);
  rmSync(resolverFolder(name), { recursive: true, force: true });
}

async function waitUntilEmpty(name: string): Promise<void> {
  for (let tries = 0; tries < 20 && processesInside(name).length > 0; tries++) await delay(100);
}

function processesInside(name: string): string[] {
  return tryRun(['ip', 'netns', 'pids', name]).stdout.split('\n').filter(Boolean);
}

/** Removes what a run left behind that was killed or that kept its world; running worlds are spared. */
export async function sweepLeftOvers(): Promise<void> {
  const namespaces = tryRun(['ip', 'netns', 'list']).stdout.split('\n');
  const names = namespaces.map((line) => line.split(' ')[0] ?? '');
  for (const name of names.filter(isLeftOver)) await removeNamespace(name);
  for (const name of readdirSync(tmpdir()).filter(isLeftOver)) {
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

/** A folder of this run's own for everything that its daemons write. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}-${process.pid}-`));
  chmodSync(folder, 0o755);
  return folder;
}

function isLeftOver(name: string): boolean {
  const pid = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1];
  return pid !== undefined && !existsSync(`/proc/${pid}`);
}
