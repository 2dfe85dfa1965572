/** One element of DER as it was read. */
export interface DerElement {
  readonly tag: number;
  readonly value: Buffer;
}

/**
 * Reads elements that stand one after another (X.690 §8.1), definite lengths up to 16 MiB.
 *
 * @throws RangeError when the last one is cut short or a length is of another form.
 */
export function readDer(bytes: Buffer): readonly DerElement[] {
  const elements: DerElement[] = [];
  let at = 0;
  while (at < bytes.length) {
    const { length, start } = readLength(bytes, at + 1);
    if (start + length > bytes.length) throw new RangeError('DER is cut short');
    elements.push({ tag: bytes.readUInt8(at), value: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return elements;
}

function readLength(
  bytes: Buffer,
  at: number,
): { readonly length: number; readonly start: number } {
  const first = bytes.readUInt8(at);
  if (first < 0x80) return { length: first, start: at + 1 };
  const size = first & 0x7f;
  if (size < 1 || size > 3) throw new RangeError('DER has a length of another form');
  return { length: bytes.readUIntBE(at + 1, size), start: at + 1 + size };
}
