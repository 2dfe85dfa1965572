import type { Domain } from '../text/domain.ts';
import { parseDomain } from '../text/domain.ts';

/** Where every policy is found on its host. RFC 8461 §3.2, registered in §9.1. */
export const POLICY_PATH = '/.well-known/mta-sts.txt';

/**
 * The host that serves a domain's policy, or undefined where that name would be longer than 253 octets. RFC 8461 §3.2.
 *
 * @example
 * ```ts
 * import { parseDomain, policyHost } from '@sekisho/spec';
 *
 * const domain = parseDomain('example.com');
 * assert(domain.ok);
 * assert.equal(policyHost(domain.value), 'mta-sts.example.com');
 * ```
 */
export function policyHost(policyDomain: Domain): Domain | undefined {
  const host = parseDomain(`mta-sts.${policyDomain}`);
  return host.ok ? host.value : undefined;
}

/**
 * The one URL of a domain's policy; HTTPS on its default port. Ask `policyHost` first whether there can be one.
 * RFC 8461 §3.2, §3.3.
 *
 * @example
 * ```ts
 * import { parseDomain, policyUrl } from '@sekisho/spec';
 *
 * const domain = parseDomain('example.com');
 * assert(domain.ok);
 * assert.equal(policyUrl(domain.value), 'https://mta-sts.example.com/.well-known/mta-sts.txt');
 * ```
 */
export function policyUrl(policyDomain: Domain): string {
  return `https://mta-sts.${policyDomain}${POLICY_PATH}`;
}

/**
 * The name that holds a domain's MTA-STS TXT record; not a `Domain`, for its underscore. RFC 8461 §3.1.
 *
 * @example
 * ```ts
 * import { parseDomain, stsRecordName } from '@sekisho/spec';
 *
 * const domain = parseDomain('example.com');
 * assert(domain.ok);
 * assert.equal(stsRecordName(domain.value), '_mta-sts.example.com');
 * ```
 */
export function stsRecordName(policyDomain: Domain): string {
  return `_mta-sts.${policyDomain}`;
}
