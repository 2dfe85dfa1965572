import { type Domain, parseDomain } from '@sekisho/spec';
import { toAscii } from '../../io/idn/index.ts';
import { showSentence } from './text/remote-text.ts';
import { UsageError } from './usage-error.ts';

/** The domain that was typed, A-labels or not. Throws {@link UsageError}. */
export function readDomainArgument(text: string): Domain {
  const domain = parseDomain(text, { toAscii });
  if (domain.ok) return domain.value;
  throw new UsageError(domain.issues.map(({ message }) => showSentence(message)).join('\n'));
}
