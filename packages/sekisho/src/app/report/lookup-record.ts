import { type Domain, parseTlsrptRecord, tlsrptRecordName } from '@sekisho/spec';
import type { Resolver } from '../../io/dns/index.ts';
import type { LookedUpRecord } from '../../report/index.ts';

/** Looks at `_smtp._tls` of a domain for the one record that says where reports go (RFC 8460 §3). */
export async function lookupReportRecord(
  resolver: Pick<Resolver, 'lookupTxt'>,
  domain: Domain,
): Promise<LookedUpRecord> {
  const found = await resolver.lookupTxt(tlsrptRecordName(domain));
  return found.kind === 'failure' ? { kind: 'unreachable' } : chooseRecord(found.records);
}

/** Other texts are discarded first; then there must be exactly one (RFC 8460 §3). */
function chooseRecord(texts: readonly string[]): LookedUpRecord {
  const strict = texts.filter((text) => text.startsWith('v=TLSRPTv1;'));
  // Blanks before the semicolon are allowed by no grammar, and understood by all.
  const candidates =
    strict.length > 0 ? strict : texts.filter((text) => /^v=TLSRPTv1[ \t]+;/u.test(text));
  const [text] = candidates;
  if (text === undefined) return { kind: 'none' };
  if (candidates.length > 1 || !parseTlsrptRecord(text).ok) return { kind: 'invalid' };
  return { kind: 'record', text };
}
