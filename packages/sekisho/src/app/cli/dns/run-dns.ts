import type { Domain } from '@sekisho/spec';
import { createAuthorities } from '../../../io/authorities/index.ts';
import { systemClock as clock } from '../../../io/clock/index.ts';
import { createMemoryLog } from '../../../io/log/index.ts';
import type { PublishStore } from '../../../publish/store/index.ts';
import {
  type ComparedRecord,
  compareRecords,
  formatZoneLines,
  type RecordSettings,
  recordsFor,
} from '../../../publish/index.ts';
import { createSettledResolver } from '../../adapters.ts';
import { loadSettings, type Settings } from '../../config/index.ts';
import { recordSettingsOf } from '../../publish/record-settings.ts';
import { openToRead, placeOf } from '../../state/index.ts';
import type { CliContext } from '../cli-context.ts';
import { readDomainArgument } from '../domain-argument.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { openForReading } from '../publish/with-reader.ts';
import { readPublishedDomain } from '../domain-argument.ts';
import { styleFor } from '../text/style.ts';
import { formatOutput } from '../text/to-json.ts';
import { UsageError } from '../usage-error.ts';
import { renderForm, renderRecords } from './render-records.ts';

/** Options of `sekisho dns`. */
export interface DnsOptions {
  readonly format?: string;
  readonly zone?: string;
}

const FORMATS = ['zone', 'json', 'form'];

/** The id that may be shown: that of the version that is given out already (RFC 8461 §8.1). */
async function findId(store: PublishStore, domain: Domain): Promise<string | undefined> {
  const found = await store.getDomain(domain);
  const isUnverified = found?.change?.step === 'serve' || found?.change?.step === 'verify';
  const number = isUnverified ? found.announced : found?.served;
  return number === undefined ? undefined : (await store.getVersion(domain, number))?.id;
}

async function readId(settings: Settings, domain: Domain): Promise<string | undefined> {
  const store = await openToRead(placeOf(settings, 'publisher'), openForReading);
  try {
    return store && (await findId(store, domain));
  } finally {
    await store?.close();
  }
}

async function compare(
  settings: Settings,
  domain: Domain,
  { wished, id }: { readonly wished: RecordSettings; readonly id: string | undefined },
): Promise<readonly ComparedRecord[]> {
  const resolver = createSettledResolver(settings, createMemoryLog());
  const port = settings.publish.dns.authorityPort;
  const authorities = createAuthorities({ clock, resolver, port });
  try {
    const { issuers } = wished;
    return await compareRecords(recordsFor(domain, wished, id), {
      resolver,
      authorities,
      ...(issuers === undefined ? {} : { issuers }),
    });
  } finally {
    authorities.close();
    resolver.close();
  }
}

function listNotes(
  domain: Domain,
  { wished, id }: { readonly wished: RecordSettings; readonly id: string | undefined },
): readonly string[] {
  return [
    ...(id === undefined
      ? [
          `The TXT record with the id comes last: "sekisho publish set ${domain} --mode testing" makes it.`,
        ]
      : []),
    ...(wished.target === undefined && wished.delegation === undefined
      ? [
          `Where mta-sts.${domain} has to point is not known: set publish.target in the configuration.`,
        ]
      : []),
    ...((wished.reportTo ?? []).length === 0
      ? ['No TLS reports are asked for: set publish.reportTo in the configuration.']
      : []),
  ];
}

function exitOf(compared: readonly ComparedRecord[], id: string | undefined): ExitCode {
  const kinds = new Set(compared.map(({ finding }) => finding.kind));
  if (kinds.has('missing') || kinds.has('different') || id === undefined) return EXIT.notFound;
  return kinds.has('unknown') ? EXIT.temporary : EXIT.ok;
}

/** `sekisho dns DOMAIN` */
export async function showRecords(
  context: CliContext,
  text: string,
  { format, zone }: DnsOptions,
): Promise<ExitCode> {
  if (format !== undefined && !FORMATS.includes(format))
    throw new UsageError(`--format: given is "${format}"; allowed is ${FORMATS.join(', ')}`);
  const domain = readPublishedDomain(context, text);
  const { settings } = loadSettings(context);
  const known = { wished: recordSettingsOf(settings), id: await readId(settings, domain) };
  const compared = await compare(settings, domain, known);
  const style = styleFor(context);
  const notes = listNotes(domain, known);
  const print = {
    zone: () => `${formatZoneLines(compared.map(({ record }) => record)).join('\n')}\n`,
    json: () => formatOutput({ domain, records: compared, notes }),
    form: () => renderForm(compared, zone === undefined ? domain : readDomainArgument(zone), style),
    text: () => renderRecords(domain, compared, notes, style),
  }[format ?? 'text'];
  context.stdout.write(print?.() ?? '');
  if (format === 'zone' || format === 'form')
    for (const note of notes) context.stderr.write(`sekisho: ${note}\n`);
  return exitOf(compared, known.id);
}
