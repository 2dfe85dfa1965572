import type { Domain } from '@sekisho/spec';
import type { Resolver, TlsaRecord } from '../io/dns/index.ts';

/** MX hosts whose TLSA records are looked up; RFC 5321 §5.1 lets a sender limit its candidates. */
const MOST_HOSTS = 20;

/**
 * Whether DANE protects the domain's mail: its MX records are signed, and so are usable TLSA records of at least one
 * MX host (RFC 7672 §2.1, §2.2). MTA-STS must then not stand in for a DANE check that fails (RFC 8461 §2).
 *
 * A lookup that fails counts as no TLSA records: the `enforce` policy protects such a host, and nobody's mail waits
 * for a broken name server.
 */
export async function isDaneProtected(
  policyDomain: Domain,
  resolver: Pick<Resolver, 'lookupMx' | 'lookupTlsa'>,
): Promise<boolean> {
  const mx = await resolver.lookupMx(policyDomain);
  if (mx.kind === 'failure' || !mx.authenticated) return false;
  const hosts =
    mx.records.length === 0 ? [policyDomain] : mx.records.map(({ exchange }) => exchange);
  const protectedHosts = await Promise.all(
    hosts.slice(0, MOST_HOSTS).map((host) => hasUsableTlsa(host, resolver)),
  );
  return protectedHosts.includes(true);
}

async function hasUsableTlsa(
  mxHost: string,
  resolver: Pick<Resolver, 'lookupTlsa'>,
): Promise<boolean> {
  // A null MX (RFC 7505) has no host.
  if (mxHost === '') return false;
  const tlsa = await resolver.lookupTlsa(`_25._tcp.${mxHost}`);
  return tlsa.kind === 'answer' && tlsa.authenticated && tlsa.records.some(isUsable);
}

/** DANE-TA and DANE-EE with known selectors and digests; the other usages mean nothing to SMTP (RFC 7672 §3.1). */
const isUsable = ({ usage, selector, matchingType }: TlsaRecord): boolean =>
  (usage === 2 || usage === 3) && selector <= 1 && matchingType <= 2;
