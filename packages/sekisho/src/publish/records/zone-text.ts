import type { WantedRecord } from './wanted-record.ts';

/** Writes records as lines of a zone file (RFC 1035 §5.1), with absolute names, so that they fit into any zone. */
export function formatZoneLines(records: readonly WantedRecord[]): readonly string[] {
  const width = Math.max(0, ...records.map(({ name }) => name.length + 1));
  return records.map(
    ({ name, ttlSeconds, type, value }) =>
      `${`${name}.`.padEnd(width)} ${ttlSeconds} IN ${type} ${formatData(type, value)}`,
  );
}

function formatData(type: WantedRecord['type'], value: string): string {
  if (type === 'TXT') return formatStrings(value);
  return type === 'CNAME' ? `${value}.` : value;
}

/** A text as strings in quotes, of at most 255 octets each (RFC 1035 §3.3). */
function formatStrings(text: string): string {
  const parts = text.match(/[\s\S]{1,255}/g) ?? [''];
  return parts.map((part) => `"${part.replaceAll(/["\\]|[^\x20-\x7e]/g, escapeOctet)}"`).join(' ');
}

function escapeOctet(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  return `\\${(character.charCodeAt(0) & 0xff).toString().padStart(3, '0')}`;
}

/** What to type into the form of a DNS provider. */
export interface FormRow {
  /** Relative to the zone, `@` for the zone itself; most forms add the zone's name. */
  readonly host: string;
  readonly type: WantedRecord['type'];
  /** Without quotes or a dot at the end; forms add them where they are needed. */
  readonly value: string;
  readonly ttlSeconds: number;
}

/** Records as rows of a form of the zone given. A name outside it stays whole. */
export function toFormRows(records: readonly WantedRecord[], zone: string): readonly FormRow[] {
  return records.map(({ name, type, value, ttlSeconds }) => ({
    host: relativeTo(name, zone),
    type,
    value,
    ttlSeconds,
  }));
}

function relativeTo(name: string, zone: string): string {
  if (name === zone) return '@';
  return name.endsWith(`.${zone}`) ? name.slice(0, -zone.length - 1) : name;
}
