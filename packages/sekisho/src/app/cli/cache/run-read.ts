import type { PolicyStore, StoredDomain } from '../../../discover/store/index.ts';
import { loadSettings } from '../../config/index.ts';
import { domainToJson, historyToJson } from './describe-stored.ts';
import { openStoreForReading, storeFile } from './open-store.ts';
import { LIST_HEADING, renderDomain, renderHistory, toListRow } from './render-stored.ts';
import type { CliContext } from '../cli-context.ts';
import { readDomainArgument } from '../domain-argument.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { styleFor } from '../text/style.ts';
import { formatTable, widthsOf } from '../text/table.ts';

/** Options that the commands of `sekisho cache` share. */
export interface CacheOptions {
  readonly json?: true;
}

const PAGE = 500;

/** Runs with the store, if there is one, and closes it whatever happens. */
async function withStore(
  context: CliContext,
  run: (store: PolicyStore) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { settings } = loadSettings(context);
  const store = await openStoreForReading(settings);
  if (store === undefined) {
    context.stderr.write(`sekisho: nothing is kept yet: there is no ${storeFile(settings)}\n`);
    return EXIT.notFound;
  }
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

async function* listPages(store: PolicyStore): AsyncGenerator<readonly StoredDomain[]> {
  let page = await store.list({ limit: PAGE });
  for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
    yield page;
    page = await store.list({ after: last.policyDomain, limit: PAGE });
  }
}

/** `sekisho cache list`: a page at a time, however many there are. */
export function listCache(context: CliContext, { json }: CacheOptions): Promise<ExitCode> {
  const { stdout } = context;
  const style = styleFor(context);
  return withStore(context, async (store) => {
    let widths: readonly number[] = [];
    let count = 0;
    for await (const page of listPages(store)) {
      if (json === true) {
        stdout.write(
          page.map((domain) => `${JSON.stringify(domainToJson(domain, style.nowMs))}\n`).join(''),
        );
      } else {
        const heading = count === 0 ? [LIST_HEADING.map(style.paint.dim)] : [];
        const rows = [...heading, ...page.map((domain) => toListRow(domain, style))];
        widths = widthsOf(rows, widths);
        stdout.write(`${formatTable(rows, widths).join('\n')}\n`);
      }
      count += page.length;
    }
    if (count === 0) context.stderr.write('sekisho: nothing is kept\n');
    return count === 0 ? EXIT.notFound : EXIT.ok;
  });
}

/** `sekisho cache show DOMAIN` */
export function showDomain(
  context: CliContext,
  text: string,
  { json }: CacheOptions,
): Promise<ExitCode> {
  const policyDomain = readDomainArgument(text);
  return withStore(context, async (store) => {
    const domain = await store.get(policyDomain);
    if (domain === undefined) {
      context.stderr.write(`sekisho: nothing is kept of ${policyDomain}\n`);
      return EXIT.notFound;
    }
    context.stdout.write(
      json === true
        ? `${JSON.stringify(domainToJson(domain, Date.now()), null, 2)}\n`
        : renderDomain(domain, styleFor(context)),
    );
    return EXIT.ok;
  });
}

/** `sekisho cache history DOMAIN` */
export function showHistory(
  context: CliContext,
  text: string,
  { json }: CacheOptions,
): Promise<ExitCode> {
  const domain = readDomainArgument(text);
  return withStore(context, async (store) => {
    const entries = await store.history(domain);
    if (json === true) {
      const history = entries.map((entry) => historyToJson(entry, Date.now()));
      context.stdout.write(`${JSON.stringify({ domain, history }, null, 2)}\n`);
    } else if (entries.length > 0) {
      context.stdout.write(renderHistory(entries, styleFor(context)));
    } else context.stderr.write(`sekisho: ${domain} never had a policy here\n`);
    return entries.length === 0 ? EXIT.notFound : EXIT.ok;
  });
}
