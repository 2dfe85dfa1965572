/** One element of DER: tag, length, value (X.690 §8.1). */
function element(tag: number, ...values: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(values);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(value.length)]), value]);
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function base128(value: number): number[] {
  return value < 0x80 ? [value] : [...base128(value >> 7).map((byte) => byte | 0x80), value & 0x7f];
}

/** UTCTime up to 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5). */
function time(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().slice(0, 19).replaceAll(/\D/g, '');
  return Number(digits.slice(0, 4)) < 2050
    ? element(0x17, Buffer.from(`${digits.slice(2)}Z`))
    : element(0x18, Buffer.from(`${digits}Z`));
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** The few elements of DER that a certificate request and a challenge's certificate consist of. Values up to 64 KiB. */
export const der = {
  sequence: (...parts: readonly Uint8Array[]) => element(0x30, ...parts),
  set: (...parts: readonly Uint8Array[]) => element(0x31, ...parts),
  /** `[number]`, constructed. */
  context: (number: number, ...parts: readonly Uint8Array[]) => element(0xa0 + number, ...parts),
  /** `[number]`, primitive and implicit. */
  implicit: (number: number, value: Uint8Array) => element(0x80 + number, value),
  /** Big-endian, two's complement. */
  integer: (value: Uint8Array) => element(0x02, value),
  octets: (value: Uint8Array) => element(0x04, value),
  /** All bits of the last byte are used. */
  bits: (value: Uint8Array) => element(0x03, Buffer.from([0]), value),
  text: (value: string) => element(0x0c, Buffer.from(value)),
  TRUE: element(0x01, Buffer.from([0xff])),
  oid,
  time,
};
