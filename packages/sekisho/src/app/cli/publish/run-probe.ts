import type { Domain } from '@sekisho/spec';
import type { DomainLook } from '../../../publish/index.ts';
import { loadSettings } from '../../config/index.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { showRemote, showSentence } from '../text/remote-text.ts';
import { formatTable } from '../text/table.ts';
import { formatDistance } from '../text/time.ts';
import { createPublishClient } from '../service-client.ts';
import { readPublishedDomain } from '../domain-argument.ts';
import { writeUnavailable, writeUnknown } from './write-failure.ts';
import { type TextStyle, styleFor } from '../text/style.ts';
import { formatOutput } from '../text/to-json.ts';

/** Options of `sekisho publish probe`. */
export interface ProbeOptions {
  readonly json?: true;
}

/** What says something of us, not of the MX host. */
const SAYS_NOTHING = new Set(['no-route', 'dns-failed']);

type Probe = DomainLook['probes'][number];

function toRow({ address, code, detail, certificate }: Probe, style: TextStyle): string[] {
  const { marks, nowMs } = style;
  const mark = code === 'ok' ? marks.done : SAYS_NOTHING.has(code) ? marks.unknown : marks.failed;
  const end =
    certificate === undefined
      ? ''
      : `, certificate ends ${formatDistance(certificate.notAfterMs, nowMs)}`;
  return [`  ${mark} ${address ?? '-'}`, code, `${showSentence(detail)}${end}`];
}

function renderHost(host: string, answer: DomainLook, style: TextStyle): string[] {
  const { paint, marks } = style;
  const isMatched = !answer.unmatched.includes(host);
  const rows = answer.probes
    .filter(({ mxHost }) => mxHost === host)
    .map((probe) => toRow(probe, style));
  return [
    paint.strong(showRemote(host)),
    ...(isMatched ? [] : [`  ${marks.failed} no pattern of the policy matches it`]),
    ...formatTable(rows),
  ];
}

/** Every MX host with every address. */
export function renderProbes(answer: DomainLook, style: TextStyle): string {
  return `${answer.hosts.flatMap((host) => renderHost(host, answer, style)).join('\n')}\n`;
}

function exitOf({ probes, unmatched }: DomainLook): ExitCode {
  if (unmatched.length > 0) return EXIT.notFound;
  const bad = probes.filter(({ code }) => code !== 'ok');
  if (bad.some(({ code }) => !SAYS_NOTHING.has(code))) return EXIT.notFound;
  return probes.length > bad.length ? EXIT.ok : EXIT.temporary;
}

function tellFailure({ stderr }: CliContext, domain: Domain, message: string): ExitCode {
  stderr.write(`sekisho: the MX hosts of ${domain} cannot be told: ${showSentence(message)}\n`);
  return EXIT.temporary;
}

/** `sekisho publish probe DOMAIN` */
export async function probeDomain(
  context: CliContext,
  text: string,
  { json }: ProbeOptions,
): Promise<ExitCode> {
  const domain = readPublishedDomain(context, text);
  const client = createPublishClient(loadSettings(context).settings);
  const answer = await client.ask('POST', `/v1/domains/${domain}/probe`);
  if (answer === undefined) return writeUnavailable(context, client);
  if (answer.status === 404) return writeUnknown(context, domain);
  const found = answer.body as DomainLook;
  if (json === true) context.stdout.write(formatOutput(found));
  const { lookupProblem } = found;
  if (lookupProblem !== undefined) return tellFailure(context, domain, lookupProblem);
  if (json !== true) context.stdout.write(renderProbes(found, styleFor(context)));
  return exitOf(found);
}
