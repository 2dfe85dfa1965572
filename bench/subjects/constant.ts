import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../harness/bench.ts';
import { type Child, startChild } from '../harness/child.ts';
import { domainName, replyOf } from '../harness/domains.ts';
import { type Endpoint, findFreePort, waitForReply } from '../harness/endpoint.ts';
import { type Subject, SUBJECT_NAMES } from './subject.ts';

type Command = readonly [string, ...string[]];

/** A server that gives everybody the same reply, once for each transport. */
async function startConstant(
  bench: Bench,
  children: Child[],
  name: string,
  [command, ...args]: Command,
): Promise<Subject> {
  const directory = bench.makeFolder('constant');
  const reply = replyOf(domainName(0));
  const start = async (endpoint: Endpoint): Promise<Child> => {
    const child = await startChild({
      name: `${name} ${endpoint.slice(0, 4)}`,
      command,
      args: [...args, endpoint, reply],
      core: 'server',
      directory,
    });
    children.push(child);
    const expected = { key: domainName(0), reply: ':OK ', timeoutMs: 10_000, given: child.ended };
    await waitForReply(endpoint, expected);
    return child;
  };
  const tcp = `tcp:${await findFreePort()}` as const;
  const unix = `unix:${join(directory, 'socket')}` as const;
  return {
    name,
    endpoints: { tcp, unix },
    processes: { tcp: await start(tcp), unix: await start(unix) },
  };
}

/** Node's sockets and nothing else: the limit of what a server in Node can reach. */
export function startBareNode(bench: Bench, children: Child[]): Promise<Subject> {
  const script = fileURLToPath(new URL('../load/node-const.ts', import.meta.url));
  return startConstant(bench, children, SUBJECT_NAMES.node, [process.execPath, script]);
}

/** The kernel and nothing else. */
export function startBareC(bench: Bench, children: Child[], smapconst: string): Promise<Subject> {
  return startConstant(bench, children, SUBJECT_NAMES.c, [smapconst]);
}
