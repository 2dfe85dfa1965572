import { type Domain, parseDomain } from '@sekisho/spec';
import { toAscii } from '../../io/idn/index.ts';
import { showRemote, showSentence } from './text/remote-text.ts';
import type { CliContext } from './cli-context.ts';
import { UsageError } from './usage-error.ts';

/** The domain that was typed, A-labels or not. Throws {@link UsageError}. */
export function readDomainArgument(text: string): Domain {
  const domain = parseDomain(text, { toAscii });
  if (domain.ok) return domain.value;
  throw new UsageError(domain.issues.map(({ message }) => showSentence(message)).join('\n'));
}

/** The domain that was typed; says so where its name in the DNS is another one. Throws UsageError. */
export function readPublishedDomain({ stderr }: CliContext, text: string): Domain {
  const domain = readDomainArgument(text);
  // oxlint-disable-next-line no-control-regex
  if (!/^[\x00-\x7f]*$/u.test(text))
    stderr.write(`sekisho: ${showRemote(text)} is ${domain} in the DNS\n`);
  return domain;
}
