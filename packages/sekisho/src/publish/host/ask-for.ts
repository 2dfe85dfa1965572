import type { PolicyBook } from './books.ts';
import { policyDomainOf } from './host-name.ts';

/**
 * Whether a proxy may order a certificate for a host name that somebody asked it for: 200 for the policy hosts of
 * domains that we publish, 404 for all else. This is what Caddy's on-demand TLS asks before it orders.
 */
export async function askFor(policies: PolicyBook, hostName: string): Promise<200 | 404> {
  const domain = policyDomainOf(hostName);
  return domain !== undefined && (await policies.find(domain)) !== undefined ? 200 : 404;
}
