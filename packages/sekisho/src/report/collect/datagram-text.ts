import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Longer ones are cut; see `DATAGRAM_LIMITS`. */
export function oneLine(text: string, most: number): string {
  const line = text
    .slice(0, 4 * most)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return wellFormed(line.slice(0, most).trimEnd());
}

/** Halves of a character that stand alone, as a cut or an escape in JSON leaves them, have no UTF-8. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\u{fffd}');
}

/** The first line of what a server answered to EHLO, without its code: Postfix hands on all of it. */
export function firstGreeting(text: string, most: number): string {
  const [line = ''] = text.slice(0, 4 * most).split(/[\r\n]/, 1);
  return oneLine(line.replace(/^\d{3}[- ]/, ''), most);
}

/** An address as RFC 5952 §4 writes it, without a zone; undefined for what is none. */
export function plainAddress(text: string): string | undefined {
  const [address = ''] = text.split('%', 1);
  const family = isIP(address);
  if (family === 0) return undefined;
  if (family === 4) return address;
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.isIPv4MappedAddress()
    ? parsed.toIPv4Address().toString()
    : parsed.toRFC5952String();
}

/** A host name without a trailing dot, in lower case. */
export function hostName(text: string, most: number): string {
  return oneLine(text, most).toLowerCase().replace(/\.$/, '');
}
