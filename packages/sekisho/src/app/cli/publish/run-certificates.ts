import type { CertificateState } from '../../../publish/store/index.ts';
import type { RenewalOutcome } from '../../../publish/index.ts';
import { loadSettings } from '../../config/index.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { formatTable } from '../text/table.ts';
import { describeCertificate } from './describe-certificate.ts';
import { createPublishClient } from '../service-client.ts';
import { readPublishedDomain } from '../domain-argument.ts';
import { writeUnavailable, writeUnknown } from './write-failure.ts';
import { type TextStyle, styleFor } from '../text/style.ts';
import { formatOutput } from '../text/to-json.ts';
import { withReader } from './with-reader.ts';

/** Options of `sekisho publish certificates`. */
export interface CertificatesOptions {
  readonly json?: true;
  readonly renew?: string;
}

const MOST_CERTIFICATES = 10_000;

/** `sekisho publish certificates`; the first to end comes first. */
export function showCertificates(
  context: CliContext,
  options: CertificatesOptions,
): Promise<ExitCode> {
  if (options.renew !== undefined) return renew(context, options.renew, options);
  const style = styleFor(context);
  return withReader(context, async ({ store }) => {
    const states = await store.listCertificates(MOST_CERTIFICATES);
    if (options.json === true) context.stdout.write(formatOutput(states));
    else if (states.length > 0) context.stdout.write(renderList(states, style));
    else context.stderr.write('sekisho: there is no certificate yet\n');
    return states.length === 0 ? EXIT.notFound : EXIT.ok;
  });
}

function renderList(states: readonly CertificateState[], style: TextStyle): string {
  const rows = states.flatMap((state) =>
    describeCertificate(state, style).map((line, index) => [
      index === 0 ? `mta-sts.${state.domain}` : '',
      line,
    ]),
  );
  return `${formatTable(rows).join('\n')}\n`;
}

async function renew(
  context: CliContext,
  text: string,
  { json }: CertificatesOptions,
): Promise<ExitCode> {
  const domain = readPublishedDomain(context, text);
  const client = createPublishClient(loadSettings(context).settings);
  const answer = await client.ask('POST', `/v1/domains/${domain}/renew`);
  if (answer === undefined) return writeUnavailable(context, client);
  const outcome = answer.body as RenewalOutcome;
  if (json === true) context.stdout.write(formatOutput(outcome));
  switch (outcome.kind) {
    case 'renewed':
    case 'failed':
      if (json !== true) context.stdout.write(renderList([outcome.state], styleFor(context)));
      return outcome.kind === 'renewed' ? EXIT.ok : EXIT.temporary;
    case 'own-files':
      context.stderr.write(
        `sekisho: the certificate of mta-sts.${domain} is in files of your own; a new one there is taken over by itself\n`,
      );
      return EXIT.refused;
    case 'unknown-domain':
      return writeUnknown(context, domain);
  }
}
