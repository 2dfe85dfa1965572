import { readFile, stat } from 'node:fs/promises';
import type { Clock } from '../clock/index.ts';
import { printable } from './failure.ts';
import {
  formatServerAddress,
  parseServerAddress,
  SERVER_ADDRESS_FORMS,
  type ServerAddress,
} from './server-address.ts';

/** The servers to ask, now. */
export interface ServerList {
  current(): Promise<readonly ServerAddress[]>;
}

/** What resolv.conf(5) says applies without any `nameserver` line. */
const LOCAL: readonly ServerAddress[] = [{ host: '127.0.0.1', port: 53 }];
const CHECK_EVERY_MS = 1000;

interface ResolvConfOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Told in one sentence what is wrong with the file; once, while it stays so. */
  readonly onProblem: (message: string) => void;
}

/** Always the same servers. */
export function createFixedServerList(servers: readonly ServerAddress[]): ServerList {
  return { current: () => Promise.resolve(servers) };
}

/**
 * The servers of a `resolv.conf`, read anew when the file changed or was replaced; looked at once a second at most,
 * and only when somebody asks. While the file is gone or names no server, the servers known before stay.
 */
export function createResolvConfServerList(options: ResolvConfOptions): ServerList {
  const { path, clock } = options;
  const report = reportChanges(options.onProblem);
  let servers = LOCAL;
  let version: string | undefined;
  let checkedAtMs = Number.NEGATIVE_INFINITY;
  let checking: Promise<void> | undefined;

  const readIfChanged = async (): Promise<void> => {
    const found = await findVersion(path);
    if (found === version) return;
    const { servers: named, problems } = parseResolvConf(await readFile(path, 'utf8'));
    version = found;
    if (named.length > 0) servers = named;
    const unnamed = named.length > 0 ? [] : [`names no server: ${listOf(servers)} stays in use`];
    report([...problems, ...unnamed].map((problem) => `${path}: ${problem}`));
  };
  const check = async (): Promise<void> => {
    try {
      await readIfChanged();
    } catch (error) {
      version = undefined;
      report([`${path}: cannot be read (${messageOf(error)}): ${listOf(servers)} stays in use`]);
    }
    checkedAtMs = clock.now();
    checking = undefined;
  };
  return {
    async current() {
      if (Math.abs(clock.now() - checkedAtMs) >= CHECK_EVERY_MS) await (checking ??= check());
      return servers;
    },
  };
}

/** Says what is wrong when that differs from the time before, so that a lasting problem is told once. */
function reportChanges(
  onProblem: (message: string) => void,
): (problems: readonly string[]) => void {
  let told: readonly string[] = [];
  return (problems) => {
    const before = told;
    told = problems;
    for (const problem of problems) if (!before.includes(problem)) onProblem(problem);
  };
}

function listOf(servers: readonly ServerAddress[]): string {
  return servers.map(formatServerAddress).join(', ');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Changes whenever the file is written or another file takes its place. */
async function findVersion(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/** What a `resolv.conf` says that Sekisho uses. */
interface ResolvConf {
  /** In the order of the file, each once. Empty where there is no usable `nameserver` line. */
  readonly servers: readonly ServerAddress[];
  /** One sentence for each `nameserver` line that could not be used. */
  readonly problems: readonly string[];
}

/**
 * Reads the `nameserver` lines of a `resolv.conf` (resolv.conf(5)). Search lists and options are left aside:
 * Sekisho asks for complete names and has its own timeouts.
 */
export function parseResolvConf(text: string): ResolvConf {
  const servers = new Map<string, ServerAddress>();
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [keyword, value] = line.trim().split(/[ \t]+/);
    if (keyword !== 'nameserver') continue;
    const server = parseServerAddress(value ?? '');
    if (server !== undefined) servers.set(`${server.host} ${server.port}`, server);
    else problems.push(describe(index + 1, value ?? ''));
  }
  return { servers: [...servers.values()], problems };
}

function describe(line: number, value: string): string {
  return `line ${line} is left aside: nameserver is "${printable(value, 60)}", must be ${SERVER_ADDRESS_FORMS}`;
}

/** Remembers which servers did not answer, so that one dead server does not delay every lookup. */
export interface ServerOrder {
  /** The servers as configured, but those that lately failed last. */
  sort(servers: readonly ServerAddress[]): readonly ServerAddress[];
  markFailed(server: ServerAddress): void;
  markAlive(server: ServerAddress): void;
}

/** How long a server stays behind the others after it did not answer. */
const SET_BACK_MS = 10_000;

/** Tries in order, as resolv.conf(5) has it, but for servers known not to answer. */
export function createServerOrder(clock: Clock): ServerOrder {
  const backAt = new Map<string, number>();
  const isSetBack = (server: ServerAddress): boolean =>
    (backAt.get(formatServerAddress(server)) ?? 0) > clock.now();
  return {
    sort(servers) {
      if (backAt.size === 0) return servers;
      const setBack = servers.filter(isSetBack);
      return [...servers.filter((server) => !setBack.includes(server)), ...setBack];
    },
    markFailed: (server) => void backAt.set(formatServerAddress(server), clock.now() + SET_BACK_MS),
    markAlive: (server) => void backAt.delete(formatServerAddress(server)),
  };
}
