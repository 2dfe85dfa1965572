import type { Domain, DomainOptions } from '../text/domain.ts';
import { parseDomain } from '../text/domain.ts';
import { isIpv4Address, isIpv6Address } from '../text/ip-address.ts';
import { quote } from '../text/quote.ts';
import type { Issue } from '../text/result.ts';

/**
 * What a sender's next hop means for policy discovery (RFC 8461 §3.4).
 *
 * - `domain`: a recipient's domain, which is the Policy Domain.
 * - `smart-host`: explicit routing; the smart host's domain is the Policy Domain.
 * - `address-literal`: an IP address, which has no policy.
 * - `parent`: `.example.com`, as Postfix asks for parent domains, whose policy is never looked for.
 * - `invalid`: none of these; has no policy.
 */
export type NextHop =
  | { readonly kind: 'domain'; readonly policyDomain: Domain }
  | { readonly kind: 'smart-host'; readonly policyDomain: Domain; readonly port?: number }
  | { readonly kind: 'address-literal' }
  | { readonly kind: 'parent' }
  | { readonly kind: 'invalid'; readonly issues: readonly Issue[] };

const ADDRESS_LITERAL: NextHop = { kind: 'address-literal' };
const PARENT: NextHop = { kind: 'parent' };

/**
 * Reads a next hop in the forms that Postfix uses as lookup keys: `example.com`, `[host]`, `[host]:587`, `host:587`,
 * `host:submission`, `.parent`, bare and bracketed addresses. RFC 8461 §3.4.
 *
 * @example
 * ```ts
 * import { parseNextHop } from '@sekisho/spec';
 *
 * const nextHop = parseNextHop('[relay.example.com]:587');
 * assert(nextHop.kind === 'smart-host');
 * assert.equal(nextHop.policyDomain, 'relay.example.com');
 * assert.equal(nextHop.port, 587);
 * assert.equal(parseNextHop('[192.0.2.1]').kind, 'address-literal');
 * assert.equal(parseNextHop('.example.com').kind, 'parent');
 * ```
 */
export function parseNextHop(key: string, options?: DomainOptions): NextHop {
  if (key.startsWith('[')) return parseBracketed(key, options);
  if (key.startsWith('.')) return parseParent(key, options);
  const domain = parseDomain(key, options);
  if (domain.ok) return { kind: 'domain', policyDomain: domain.value };
  if (isAddress(key)) return ADDRESS_LITERAL;
  const colon = key.lastIndexOf(':');
  if (colon === -1) return { kind: 'invalid', issues: domain.issues };
  return parseHostAndPort(key.slice(0, colon), key.slice(colon), key, options);
}

function parseBracketed(key: string, options: DomainOptions | undefined): NextHop {
  const end = key.indexOf(']');
  if (end === -1) return invalid(key, 'its bracket is not closed');
  return parseHostAndPort(key.slice(1, end), key.slice(end + 1), key, options);
}

function parseParent(key: string, options: DomainOptions | undefined): NextHop {
  const domain = parseDomain(key.slice(1), options);
  return domain.ok ? PARENT : { kind: 'invalid', issues: domain.issues };
}

/** `suffix` is empty or `:port`, where the port may be the name of a service. */
function parseHostAndPort(
  host: string,
  suffix: string,
  key: string,
  options: DomainOptions | undefined,
): NextHop {
  const port = parsePortSuffix(suffix);
  if (port === undefined) return invalid(key, 'what follows the host is no port');
  const domain = parseDomain(host, options);
  if (domain.ok) return { kind: 'smart-host', policyDomain: domain.value, ...port };
  return isAddress(host) ? ADDRESS_LITERAL : { kind: 'invalid', issues: domain.issues };
}

function parsePortSuffix(suffix: string): { readonly port?: number } | undefined {
  if (suffix === '' || /^:[A-Za-z][A-Za-z0-9-]{0,30}$/.test(suffix)) return {};
  if (!/^:[0-9]{1,5}$/.test(suffix)) return undefined;
  const port = Number(suffix.slice(1));
  return port >= 1 && port <= 65_535 ? { port } : undefined;
}

/** Bare, or as RFC 5321 §4.1.3 writes IPv6 inside brackets: `IPv6:2001:db8::1`. */
function isAddress(text: string): boolean {
  return isIpv4Address(text) || isIpv6Address(text.replace(/^ipv6:/i, ''));
}

function invalid(key: string, why: string): NextHop {
  const message = `Cannot read next hop ${quote(key)}: ${why}, must be a domain, [host], [host]:port or host:port (RFC 8461 §3.4)`;
  return {
    kind: 'invalid',
    issues: [{ code: 'next-hop-syntax', severity: 'error', message, ref: 'RFC 8461 §3.4' }],
  };
}
