import type { Domain } from '@sekisho/spec';
import type { CliContext } from '../cli-context.ts';
import { readDomainArgument } from '../domain-argument.ts';
import { showRemote } from '../text/remote-text.ts';

/** The domain that was typed; says so where its name in the DNS is another one. Throws UsageError. */
export function readPublishedDomain({ stderr }: CliContext, text: string): Domain {
  const domain = readDomainArgument(text);
  // oxlint-disable-next-line no-control-regex
  if (!/^[\x00-\x7f]*$/u.test(text))
    stderr.write(`sekisho: ${showRemote(text)} is ${domain} in the DNS\n`);
  return domain;
}
