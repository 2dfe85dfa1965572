import type { Domain } from '../text/domain.ts';
import { matchMx, parseMxPattern } from './mx-pattern.ts';

/**
 * Whether one dNSName of a certificate names a host: label by label, `*` only as the whole left-most label, for exactly
 * one label. RFC 8461 §3.3, §4.2; RFC 9525 §6.3.
 *
 * @example
 * ```ts
 * import { matchCertificateName, parseDomain } from '@sekisho/spec';
 *
 * const host = parseDomain('mta-sts.example.com');
 * assert(host.ok);
 * assert.equal(matchCertificateName('*.example.com', host.value), true);
 * assert.equal(matchCertificateName('mta*.example.com', host.value), false);
 * ```
 */
export function matchCertificateName(dnsName: string, host: Domain): boolean {
  const pattern = parseMxPattern(dnsName);
  return pattern.ok && matchMx(pattern.value, host);
}

/**
 * Whether a certificate with these dNSNames is one for the host; the common name is never asked. RFC 8461 §3.3, §4.2.
 *
 * @example
 * ```ts
 * import { isCertificateFor, parseDomain } from '@sekisho/spec';
 *
 * const host = parseDomain('mx.example.com');
 * assert(host.ok);
 * assert.equal(isCertificateFor(['example.com', 'mx.example.com'], host.value), true);
 * assert.equal(isCertificateFor([], host.value), false);
 * ```
 */
export function isCertificateFor(dnsNames: readonly string[], host: Domain): boolean {
  return dnsNames.some((dnsName) => matchCertificateName(dnsName, host));
}
