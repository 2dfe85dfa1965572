import { type Domain, parseDomain } from '@sekisho/spec';

/** An address that any mail server takes without SMTPUTF8. */
export interface MailAddress {
  /** `local@domain`, the domain as A-labels. */
  readonly address: string;
  readonly domain: Domain;
}

/** RFC 5321 §4.5.3.1: octets before the `@`. */
const LONGEST_LOCAL_PART = 64;
/** RFC 5321 §4.5.3.1: a path of 256 octets, without its brackets. */
const LONGEST_ADDRESS = 254;
const DOT_ATOM = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
/** Without the characters that a quoted local part would have to escape, and those that end a path. */
const PLAIN_QUOTED = /^"[\x20\x21\x23-\x3b\x3d\x3f-\x5b\x5d-\x7e]*"$/;

/** Reads an address (RFC 5321 §4.1.2); undefined for anything but one, such as two, or one with a name or an IP address. */
export function parseMailAddress(text: string): MailAddress | undefined {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  if (at < 1 || local.length > LONGEST_LOCAL_PART) return undefined;
  if (!DOT_ATOM.test(local) && !PLAIN_QUOTED.test(local)) return undefined;
  const domain = parseDomain(text.slice(at + 1));
  if (!domain.ok) return undefined;
  const address = `${local}@${domain.value}`;
  return address.length > LONGEST_ADDRESS ? undefined : { address, domain: domain.value };
}

/**
 * The address of a `mailto` URI (RFC 6068 §2), percent-decoded. What follows the address (subject, further recipients)
 * is the destination's wish and no part of RFC 8460: it is ignored. Undefined when there is no usable address.
 */
export function parseMailtoUri(uri: string): MailAddress | undefined {
  const [, encoded] = /^mailto:([^?#]*)/i.exec(uri) ?? [];
  if (encoded === undefined) return undefined;
  try {
    return parseMailAddress(decodeURIComponent(encoded));
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
