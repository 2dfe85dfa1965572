import type { Domain } from '@sekisho/spec';
import { resolve } from 'node:path';
import type { PublishStore } from '../../../publish/store/index.ts';
import { createStaticFiles } from '../../../io/static-files/index.ts';
import {
  createPolicyTree,
  type ExportedPolicy,
  findPathProblem,
  renderCaddyfile,
  renderNginx,
  renderWorker,
} from '../../../publish/index.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { showRemote } from '../text/remote-text.ts';
import { UsageError } from '../usage-error.ts';
import { readPublishedDomain } from '../domain-argument.ts';
import { formatOutput } from '../text/to-json.ts';
import { withReader } from './with-reader.ts';

/** Options of `sekisho publish export`. */
export interface ExportOptions {
  readonly json?: true;
}

const PAGE = 500;

async function listAll(store: PublishStore): Promise<readonly Domain[]> {
  const all: Domain[] = [];
  let page = await store.listDomains({ limit: PAGE });
  for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
    all.push(...page.map(({ domain }) => domain));
    page = await store.listDomains({ after: last.domain, limit: PAGE });
  }
  return all;
}

interface Collected {
  readonly policies: readonly ExportedPolicy[];
  readonly missing: readonly Domain[];
}

async function collect(store: PublishStore, domains: readonly Domain[]): Promise<Collected> {
  const policies: ExportedPolicy[] = [];
  const missing: Domain[] = [];
  for (const domain of domains) {
    const served = await store.getServed(domain);
    if (served === undefined) missing.push(domain);
    else policies.push({ domain, body: served.body });
  }
  return { policies, missing };
}

async function write(directory: string, policies: readonly ExportedPolicy[]): Promise<void> {
  const files = createStaticFiles(directory);
  const tree = createPolicyTree(files);
  for (const policy of policies) await tree.put(policy);
  const domains = policies.map(({ domain }) => domain);
  await files.put('nginx.conf', renderNginx(domains, directory));
  await files.put('Caddyfile', renderCaddyfile(domains, directory));
  await files.put('worker.js', renderWorker(policies));
}

/** `sekisho publish export DIR [DOMAIN…]` */
export function exportPolicies(
  context: CliContext,
  where: string,
  texts: readonly string[],
  { json }: ExportOptions,
): Promise<ExitCode> {
  const directory = resolve(where);
  const problem = findPathProblem(directory);
  if (problem !== undefined)
    throw new UsageError(`the directory ${showRemote(directory)} cannot be used: ${problem}`);
  const wished = texts.map((text) => readPublishedDomain(context, text));
  return withReader(context, async ({ store }) => {
    const { policies, missing } = await collect(
      store,
      wished.length > 0 ? wished : await listAll(store),
    );
    if (wished.length > 0 && missing.length > 0) {
      context.stderr.write(
        `sekisho: nothing is served for ${missing.join(', ')}; nothing was written\n`,
      );
      return EXIT.notFound;
    }
    await write(directory, policies);
    context.stdout.write(
      json === true
        ? formatOutput({ directory, domains: policies.map(({ domain }) => domain) })
        : describe(directory, policies.length),
    );
    return policies.length === 0 ? EXIT.notFound : EXIT.ok;
  });
}

function describe(directory: string, count: number): string {
  return [
    `${count === 1 ? '1 policy' : `${String(count)} policies`} in ${directory}`,
    '  mta-sts.DOMAIN/.well-known/mta-sts.txt  the files',
    '  nginx.conf, Caddyfile, worker.js        what gives them out: read the first lines of the one you use',
    '',
    'Export again after every "sekisho publish set", or let the service do it: "publish.export" in the configuration.',
    '',
  ].join('\n');
}
