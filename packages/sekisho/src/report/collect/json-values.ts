import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { DATAGRAM_LIMITS, type DatagramNote } from './datagram-sessions.ts';

/** An object from JSON; only members that are asked for by name are looked at. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The texts of a list, cut to the limits; nothing for what is no list. */
export function textsOf(value: unknown, most: number, notes: Set<DatagramNote>): readonly string[] {
  if (value === undefined) return [];
  const given: readonly unknown[] = Array.isArray(value) ? value : [];
  const texts = given.filter((each) => typeof each === 'string');
  if (!Array.isArray(value) || texts.length < given.length) notes.add('list-unusable');
  if (texts.length > most) notes.add('too-many');
  return texts.slice(0, most).map((text) => cut(text, DATAGRAM_LIMITS.line, notes));
}

/** As many of the texts as have room together. */
export function withinSize(
  texts: readonly string[],
  most: number,
  notes: Set<DatagramNote>,
): readonly string[] {
  let size = 0;
  const fitting = texts.filter((text) => (size += text.length) <= most);
  if (fitting.length < texts.length) notes.add('too-many');
  return fitting;
}

/** A text of one line, at most so long. */
function cut(text: string, most: number, notes: Set<DatagramNote>): string {
  if (text.length > most) notes.add('text-cut');
  return wellFormed(text.slice(0, most).replace(/[\r\n]+/g, ' '));
}

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
