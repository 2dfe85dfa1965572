import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../harness/bench.ts';
import { type Child, startChild } from '../harness/child.ts';
import { domainName, MAX_AGE_SECONDS, mxOf, POLICY_ID } from '../harness/domains.ts';
import {
  type Endpoint,
  findFreePort,
  type Transport,
  TRANSPORTS,
  waitForReply,
} from '../harness/endpoint.ts';
import { type Missing, type Subject, SUBJECT_NAMES } from './subject.ts';

const DAEMON = '/usr/bin/mta-sts-daemon';
/** Debian's own: the package's modules are not visible to others. */
const PYTHON = '/usr/bin/python3';
const script = fileURLToPath(new URL('peer-memory.py', import.meta.url));

type Cache = 'sqlite' | 'memory';

const SCHEMA = `
  create table proactive_fetch_ts (id integer primary key, last_fetch_ts integer);
  create table sts_policy_cache (domain text, ts integer, pol_id text, pol_body text);
  create unique index sts_policy_domain on sts_policy_cache (domain);
  create index sts_policy_domain_ts on sts_policy_cache (domain, ts);
`;

/** Writes the cache that the peer would have after it had looked up every domain. */
function fillCache(file: string, count: number): void {
  const database = new DatabaseSync(file);
  database.exec(`pragma journal_mode = wal; begin; ${SCHEMA}`);
  const insert = database.prepare('insert into sts_policy_cache values (?, ?, ?, ?)');
  const nowSeconds = Math.floor(Date.now() / 1000);
  for (let index = 0; index < count; index += 1) {
    const domain = domainName(index);
    const policy = {
      version: 'STSv1',
      mode: 'enforce',
      max_age: MAX_AGE_SECONDS,
      mx: mxOf(domain),
    };
    insert.run(domain, nowSeconds, POLICY_ID, JSON.stringify(policy));
  }
  database.exec('commit');
  database.close();
}

/** `cache_grace` as long as a day: every answer is warm and asks no DNS, as ours. */
function formatConfig(endpoint: Endpoint, cache: Cache, cacheFile: string, count: number): string {
  const where = endpoint.slice(endpoint.indexOf(':') + 1);
  const listen = endpoint.startsWith('tcp:')
    ? `host: 127.0.0.1\nport: ${where}\n`
    : `path: ${where}\n`;
  const backend =
    cache === 'sqlite'
      ? `  type: sqlite\n  options:\n    filename: ${cacheFile}\n`
      : `  type: internal\n  options:\n    cache_size: ${String(2 * count)}\n`;
  return `${listen}cache_grace: 86400\nshutdown_timeout: 1\ncache:\n${backend}`;
}

async function startPeer(bench: Bench, children: Child[], cache: Cache, count: number) {
  const directory = bench.makeFolder(`peer-${cache}`);
  const filled = join(directory, 'filled.db');
  fillCache(filled, count);
  const endpoints = {
    tcp: `tcp:${await findFreePort()}`,
    unix: `unix:${join(directory, 'socket')}`,
  } as const;
  const start = async (transport: Transport): Promise<Child> => {
    const endpoint = endpoints[transport];
    const config = join(directory, `${transport}.yml`);
    const cacheFile = join(directory, `${transport}.db`);
    if (cache === 'sqlite') copyFileSync(filled, cacheFile);
    writeFileSync(config, formatConfig(endpoint, cache, cacheFile, count));
    const program = cache === 'sqlite' ? [DAEMON] : [script, filled];
    const child = await startChild({
      name: `${cache}-${transport}`,
      command: PYTHON,
      args: [...program, '-c', config, '-v', 'error'],
      core: 'server',
      directory,
    });
    children.push(child);
    const reply = ':OK secure match=';
    const given = (): string | undefined =>
      child.ended() === undefined ? undefined : child.tail();
    await waitForReply(endpoint, { key: domainName(count - 1), reply, timeoutMs: 15_000, given });
    return child;
  };
  const [tcp, unix] = TRANSPORTS.map(start);
  if (tcp === undefined || unix === undefined) throw new Error('There are two transports');
  return { name: SUBJECT_NAMES[cache], endpoints, processes: { tcp: await tcp, unix: await unix } };
}

/** What Debian's `postfix-mta-sts-resolver` is: its version, and whether it has its faster event loop. */
export function describePeer(): string | undefined {
  if (!existsSync(DAEMON)) return undefined;
  const query = ['-W', '-f', '${Version}', 'postfix-mta-sts-resolver'];
  const { stdout } = spawnSync('dpkg-query', query, { encoding: 'utf8' });
  const loop = spawnSync(PYTHON, ['-c', 'import uvloop']).status === 0 ? 'with' : 'without';
  return `postfix-mta-sts-resolver ${stdout || '(not from a package)'} ${loop} uvloop`;
}

/** Debian's `postfix-mta-sts-resolver`, with `count` policies in its cache. */
export async function startResolver(
  bench: Bench,
  children: Child[],
  cache: Cache,
  count: number,
): Promise<Subject | Missing> {
  if (existsSync(DAEMON)) return startPeer(bench, children, cache, count);
  const why = 'the package postfix-mta-sts-resolver is not installed';
  return { name: SUBJECT_NAMES[cache], why };
}
