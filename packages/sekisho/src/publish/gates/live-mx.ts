import type { Domain } from '@sekisho/spec';
import type { DnsResult, MxRecord, Resolver } from '../../io/dns/index.ts';
import { escapeText } from '../../io/log/index.ts';

/** The domain's MX hosts at this moment. */
export type LiveMx =
  /** In order of preference; the domain itself where it has no MX record (RFC 5321 §5.1). */
  | { readonly kind: 'hosts'; readonly hosts: readonly string[] }
  /** The domain takes no mail (RFC 7505 §3). */
  | { readonly kind: 'null' }
  /** The DNS could not tell, or knows no such domain. Escaped. */
  | { readonly kind: 'unknown'; readonly message: string };

/** Looks up the MX hosts of a domain. */
export async function lookupLiveMx(
  resolver: Pick<Resolver, 'lookupMx'>,
  domain: Domain,
  signal: AbortSignal,
): Promise<LiveMx> {
  return readLiveMx(domain, await resolver.lookupMx(domain, { signal }));
}

function readLiveMx(domain: Domain, result: DnsResult<MxRecord>): LiveMx {
  if (result.kind === 'failure') return { kind: 'unknown', message: escapeText(result.message) };
  if (result.rcode === 'NXDOMAIN') {
    return { kind: 'unknown', message: `the DNS knows no domain ${domain} (NXDOMAIN)` };
  }
  if (result.records.length === 0) return { kind: 'hosts', hosts: [domain] };
  const sorted = result.records.toSorted((a, b) => a.preference - b.preference);
  const hosts = [...new Set(sorted.map(({ exchange }) => exchange))].filter((host) => host !== '');
  return hosts.length === 0 ? { kind: 'null' } : { kind: 'hosts', hosts };
}
