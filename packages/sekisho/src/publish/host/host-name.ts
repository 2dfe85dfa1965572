import { type Domain, parseDomain } from '@sekisho/spec';

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
