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

export interface WireRecord {
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
export function encodeStrings(strings: readonly Buffer[]): Buffer {
  return Buffer.concat(strings.flatMap((string) => [Buffer.from([string.length]), string]));
}

/** Cuts a text into the strings of one TXT record. */
export function splitText(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  const count = Math.max(1, Math.ceil(bytes.length / STRING_BYTES));
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * STRING_BYTES, (index + 1) * STRING_BYTES),
  );
}
