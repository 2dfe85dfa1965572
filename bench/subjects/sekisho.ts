import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseDomain } from '@sekisho/spec';
import { openSqlitePolicyStore } from '../../packages/sekisho/src/discover/store/index.ts';
import type { Bench } from '../harness/bench.ts';
import { type Child, startChild } from '../harness/child.ts';
import { domainName, MAX_AGE_SECONDS, POLICY_ID, policyOf } from '../harness/domains.ts';
import { findFreePort, waitForReply } from '../harness/endpoint.ts';
import { type Subject, SUBJECT_NAMES } from './subject.ts';

const program = fileURLToPath(new URL('../../packages/sekisho/dist/app/main.js', import.meta.url));
const DAY_MS = 86_400_000;
const AT_ONCE = 5000;

/** The daemon, and the folder of its store. */
export interface Sekisho extends Subject {
  readonly child: Child;
  readonly stateDirectory: string;
}

export interface SekishoOptions {
  /** A store to begin with; copied. Default: an empty one. */
  readonly store?: string;
  /** Settings beyond those that every measurement has, as environment variables. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A domain whose policy is asked for to see that it is ready. Default: any answer will do. */
  readonly knownDomain?: string;
}

/** @param refreshInMs when the periodic fetch of the policies is due; default in a day. */
export async function fillStore(
  bench: Bench,
  count: number,
  refreshInMs: number = DAY_MS,
): Promise<string> {
  const directory = bench.makeFolder('store');
  const store = await openSqlitePolicyStore({ directory });
  const nowMs = Date.now();
  const put = async (index: number): Promise<void> => {
    const name = domainName(index);
    const domain = parseDomain(name);
    if (!domain.ok) throw new Error(`${name} is no domain`);
    await store.putPolicy({
      policyDomain: domain.value,
      id: POLICY_ID,
      body: policyOf(name),
      fetchedAtMs: nowMs,
      expiresAtMs: nowMs + MAX_AGE_SECONDS * 1000,
      refreshAtMs: nowMs + refreshInMs,
      fetchedFrom: '127.0.0.1',
    });
    await store.putState({ policyDomain: domain.value, checkedAtMs: nowMs, usedAtMs: nowMs });
  };
  for (let first = 0; first < count; first += AT_ONCE) {
    const length = Math.min(AT_ONCE, count - first);
    await Promise.all(Array.from({ length }, (_, index) => put(first + index)));
  }
  await store.close();
  return directory;
}

/** Warm answers ask no DNS: ids count as compared for a day, as in the peers. */
async function makeSettings(stateDirectory: string, options: SekishoOptions) {
  const port = await findFreePort();
  const path = join(stateDirectory, 'socketmap');
  const environment = {
    SEKISHO_STATE_DIRECTORY: stateDirectory,
    SEKISHO_LISTEN_SOCKETMAP: `127.0.0.1:${String(port)},unix:${path}`,
    SEKISHO_LISTEN_ADMIN: `127.0.0.1:${String(await findFreePort())}`,
    SEKISHO_POLICIES_RECHECK_SECONDS: '86400',
    SEKISHO_LOG_LEVEL: 'warn',
    ...options.settings,
  };
  return { endpoints: { tcp: `tcp:${port}`, unix: `unix:${path}` } as const, environment };
}

/** Starts the built daemon and waits until it answers. */
export async function startSekisho(
  bench: Bench,
  children: Child[],
  options: SekishoOptions = {},
): Promise<Sekisho & { readonly readyMs: number }> {
  if (!existsSync(program)) throw new Error('Sekisho is not built: run "npm run build" first');
  const stateDirectory = bench.makeFolder('state');
  if (options.store !== undefined)
    cpSync(options.store, join(stateDirectory, 'sender'), { recursive: true });
  const { endpoints, environment } = await makeSettings(stateDirectory, options);
  const startMs = performance.now();
  const child = await startChild({
    name: 'sekisho',
    command: process.execPath,
    args: [program, 'daemon'],
    core: 'server',
    directory: stateDirectory,
    environment,
  });
  children.push(child);
  await waitForReply(endpoints.tcp, {
    // An address literal never has a policy, so nothing is looked up (RFC 8461 §3.4).
    key: options.knownDomain ?? '[192.0.2.1]',
    reply: options.knownDomain === undefined ? ':NOTFOUND ' : `:OK secure match=mx1.`,
    timeoutMs: 30_000,
    given: () => (child.ended() === undefined ? undefined : child.tail()),
  });
  const readyMs = performance.now() - startMs;
  const processes = { tcp: child, unix: child };
  return { name: SUBJECT_NAMES.sekisho, endpoints, processes, child, stateDirectory, readyMs };
}
