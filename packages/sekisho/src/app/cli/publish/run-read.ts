import type { DomainSummary } from '../../control/publish.ts';
import type { PublishReader } from '../../publish/reader.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { formatTable, widthsOf } from '../text/table.ts';
import { readPublishedDomain } from '../domain-argument.ts';
import { renderHistory } from './render-history.ts';
import { STATUS_HEADING, toStatusRow } from './render-list.ts';
import { renderStatus } from './render-status.ts';
import { styleFor } from '../text/style.ts';
import { writeUnknown } from './write-failure.ts';
import { formatOutput, toJson } from '../text/to-json.ts';
import { withReader } from './with-reader.ts';

/** Options of `sekisho publish status` and `history`. */
export interface ReadOptions {
  readonly json?: true;
}

const PAGE = 500;

async function* listPages(reader: PublishReader): AsyncGenerator<readonly DomainSummary[]> {
  let page = await reader.list({ limit: PAGE });
  for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
    yield page;
    page = await reader.list({ after: last.domain.domain, limit: PAGE });
  }
}

/** `sekisho publish status [DOMAIN]` */
export function showStatus(
  context: CliContext,
  text: string | undefined,
  { json }: ReadOptions,
): Promise<ExitCode> {
  if (text === undefined) return listDomains(context, json === true);
  const domain = readPublishedDomain(context, text);
  return withReader(context, async ({ reader }) => {
    const answer = await reader.status(domain);
    if (answer === undefined) return writeUnknown(context, domain);
    context.stdout.write(
      json === true ? formatOutput(answer) : renderStatus(answer, styleFor(context)),
    );
    return EXIT.ok;
  });
}

/** A page at a time, however many there are. */
function listDomains(context: CliContext, json: boolean): Promise<ExitCode> {
  const { stdout, stderr } = context;
  const style = styleFor(context);
  return withReader(context, async ({ reader }) => {
    let widths: readonly number[] = [];
    let count = 0;
    for await (const page of listPages(reader)) {
      if (json) stdout.write(page.map((one) => `${JSON.stringify(toJson(one))}\n`).join(''));
      else {
        const heading = count === 0 ? [STATUS_HEADING.map(style.paint.dim)] : [];
        const rows = [...heading, ...page.map((summary) => toStatusRow(summary, style))];
        widths = widthsOf(rows, widths);
        stdout.write(`${formatTable(rows, widths).join('\n')}\n`);
      }
      count += page.length;
    }
    if (count === 0)
      stderr.write(
        'sekisho: nothing is published; begin with: sekisho publish set DOMAIN --mode testing\n',
      );
    return count === 0 ? EXIT.notFound : EXIT.ok;
  });
}

/** `sekisho publish history DOMAIN` */
export function showHistory(
  context: CliContext,
  text: string,
  { json }: ReadOptions,
): Promise<ExitCode> {
  const domain = readPublishedDomain(context, text);
  return withReader(context, async ({ reader }) => {
    const answer = await reader.history(domain);
    if (answer === undefined) return writeUnknown(context, domain);
    context.stdout.write(
      json === true
        ? formatOutput({ domain, ...answer })
        : renderHistory(answer, styleFor(context)),
    );
    return EXIT.ok;
  });
}
