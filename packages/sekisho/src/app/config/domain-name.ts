import { parseDomain } from '@sekisho/spec';
import { toAscii } from '../../io/idn/index.ts';

type DomainNameResult =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly problem: string };

/** Reads a domain, U-labels or not; the value is in A-labels and lower case. */
export function parseDomainName(text: string): DomainNameResult {
  const domain = parseDomain(text, { toAscii });
  return domain.ok
    ? { ok: true, value: domain.value }
    : { ok: false, problem: domain.issues.map(({ message }) => message).join('; ') };
}
