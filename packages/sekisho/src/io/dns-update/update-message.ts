import type { TxtChange } from './dns-updater.ts';

/** A TXT record as it stands in the zone, string by string. */
export interface StandingTxt {
  readonly strings: readonly Buffer[];
  readonly ttlSeconds: number;
}

/** Opcode 5 (RFC 2136 §1.3), in its place among the flags. */
export const UPDATE_FLAGS = 0x2800;

/** The strings joined: one character an octet. */
function textOf({ strings }: StandingTxt): string {
  return Buffer.concat([...strings]).toString('latin1');
}

/** Whether the name holds already what the change asks for. */
export function isDone(standing: readonly StandingTxt[], change: TxtChange): boolean {
  const ours = standing.filter((txt) => textOf(txt).startsWith(change.startsWith));
  if (change.text === undefined) return ours.length === 0;
  const [only] = ours;
  return (
    ours.length === 1 &&
    only !== undefined &&
    textOf(only) === change.text &&
    only.ttlSeconds === change.ttlSeconds
  );
}

/**
 * Writes the update (RFC 2136 §2): takes away our records one by one, adds the new one, and demands that the name
 * hold exactly what we saw there (§2.4.2, §2.4.3), so that a change of somebody else meanwhile is not lost.
 */
export function encodeUpdate(
  id: number,
  zone: string,
  standing: readonly StandingTxt[],
  change: TxtChange,
): Buffer {
  const { name, text, ttlSeconds } = change;
  const write = (recordClass: number, ttl: number, data: Buffer): Buffer =>
    encodeRecord({ name, type: TYPE.txt, class: recordClass, ttlSeconds: ttl, data });
  const prerequisites =
    standing.length === 0
      ? [write(CLASS.none, 0, Buffer.alloc(0))]
      : standing.map(({ strings }) => write(CLASS.in, 0, encodeStrings(strings)));
  const ours = standing.filter((txt) => textOf(txt).startsWith(change.startsWith));
  const updates = ours.map(({ strings }) => write(CLASS.none, 0, encodeStrings(strings)));
  if (text !== undefined) {
    updates.push(write(CLASS.in, ttlSeconds, encodeStrings(splitText(text))));
  }
  const header = [id, UPDATE_FLAGS, 1, prerequisites.length, updates.length, 0].map(uint16);
  const zoneSection = [encodeName(zone), uint16(TYPE.soa), uint16(CLASS.in)];
  return Buffer.concat([...header, ...zoneSection, ...prerequisites, ...updates]);
}

/** Numbers of RFC 1035 §3.2, RFC 2136 §2 and RFC 8945 §4.2. */
export const TYPE = { soa: 6, txt: 16, tsig: 250 } as const;
export const CLASS = { in: 1, none: 254, any: 255 } as const;

/** Longest character-string, in octets (RFC 1035 §3.3). */
const STRING_BYTES = 255;

export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function uint48(value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(value, 0, 6);
  return bytes;
}

/** Writes a name in lower case and without compression, as a MAC needs it (RFC 8945 §4.3.3). */
export function encodeName(name: string): Buffer {
  const labels = name
    .toLowerCase()
    .split('.')
    .filter((label) => label !== '');
  const parts = labels.flatMap((label) => [
    Buffer.from([label.length]),
    Buffer.from(label, 'latin1'),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(1)]);
}

interface WireRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttlSeconds: number;
  readonly data: Buffer;
}

export function encodeRecord(record: WireRecord): Buffer {
  const ttl = Buffer.alloc(4);
  ttl.writeUInt32BE(record.ttlSeconds);
  return Buffer.concat([
    encodeName(record.name),
    uint16(record.type),
    uint16(record.class),
    ttl,
    uint16(record.data.length),
    record.data,
  ]);
}

/** The data of a TXT record: strings of at most 255 octets, each behind its length. */
function encodeStrings(strings: readonly Buffer[]): Buffer {
  return Buffer.concat(strings.flatMap((string) => [Buffer.from([string.length]), string]));
}

/** Cuts a text into the strings of one TXT record. */
function splitText(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  const count = Math.max(1, Math.ceil(bytes.length / STRING_BYTES));
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * STRING_BYTES, (index + 1) * STRING_BYTES),
  );
}
