import { type Domain, parseDomain } from '@sekisho/spec';
import type { PolicyBook } from './books.ts';

const PREFIX = 'mta-sts.';

/** The Policy Domain of a policy host's name, in any case and with or without a trailing dot (RFC 8461 §3.2). */
export function policyDomainOf(hostName: string): Domain | undefined {
  if (hostName.slice(0, PREFIX.length).toLowerCase() !== PREFIX) return undefined;
  const domain = parseDomain(hostName.slice(PREFIX.length));
  return domain.ok ? domain.value : undefined;
}

/** `Host` without its port (RFC 9110 §7.2); undefined when what follows the colon is no port. */
export function withoutPort(host: string): string | undefined {
  const colon = host.indexOf(':');
  if (colon < 0) return host;
  return /^[0-9]{0,5}$/.test(host.slice(colon + 1)) ? host.slice(0, colon) : undefined;
}

/**
 * Whether a proxy may order a certificate for a host name that somebody asked it for: 200 for the policy hosts of
 * domains that we publish, 404 for all else. This is what Caddy's on-demand TLS asks before it orders.
 */
export async function askFor(policies: PolicyBook, hostName: string): Promise<200 | 404> {
  const domain = policyDomainOf(hostName);
  return domain !== undefined && (await policies.find(domain)) !== undefined ? 200 : 404;
}
