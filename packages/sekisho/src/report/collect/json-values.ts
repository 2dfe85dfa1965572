import { DATAGRAM_LIMITS, type DatagramNote } from './datagram-sessions.ts';
import { wellFormed } from './datagram-text.ts';

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
