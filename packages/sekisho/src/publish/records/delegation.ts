import type { Domain } from '@sekisho/spec';

/**
 * How customers' domains lead to a provider (RFC 8461 §8.2): each has two CNAMEs, and the provider keeps one TXT record
 * for each domain, so that it alone changes ids.
 */
export interface Delegation {
  /**
   * Name of the TXT record that `_mta-sts.DOMAIN` is a CNAME to, with `{domain}` in place of the domain, such as
   * `{domain}._mta-sts.provider.example`.
   */
  readonly signalling: string;
  /** The policy host's own name, that `mta-sts.DOMAIN` is a CNAME to; may hold `{domain}` too. */
  readonly host: string;
}

const PLACE = '{domain}';
const LONGEST_NAME = 253;
const NAME = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const PROBE = 'example.com';

/**
 * What is wrong with a delegation, or `undefined`; completes the sentence "publish.dns.delegation …".
 *
 * One TXT record for several domains is refused: it would show one domain's id while another's policy changes. A
 * sender that fetched the second one's old policy under that id would not see that there is a new one.
 */
export function findDelegationFault({ signalling, host }: Delegation): string | undefined {
  if (!signalling.includes(PLACE)) {
    return `signalling: is "${signalling}", must hold {domain}, since every domain needs a record of its own`;
  }
  for (const [key, template] of Object.entries({ signalling, host })) {
    if (!NAME.test(fill(template, PROBE))) return `${key}: is "${template}", must be a domain name`;
  }
  return undefined;
}

/** The name that a template stands for, or `undefined` where it would be longer than 253 octets. */
export function expandTemplate(template: string, domain: Domain): string | undefined {
  const name = fill(template, domain);
  return name.length <= LONGEST_NAME ? name : undefined;
}

function fill(template: string, domain: string): string {
  return template.toLowerCase().replaceAll(PLACE, domain);
}
