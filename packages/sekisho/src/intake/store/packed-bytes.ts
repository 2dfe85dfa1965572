import { gunzipSync, gzipSync } from 'node:zlib';

/** Bytes from which the full window pays; a smaller one is much cheaper to set up. */
const LARGE_BYTES = 16_384;

/** What came, packed with gzip. */
export function packBytes(bytes: Uint8Array): Uint8Array {
  const isLarge = bytes.byteLength > LARGE_BYTES;
  return gzipSync(bytes, isLarge ? { level: 3 } : { level: 3, windowBits: 12, memLevel: 6 });
}

export function unpackBytes(packed: Uint8Array): Uint8Array {
  const { buffer, byteOffset, byteLength } = gunzipSync(packed);
  return new Uint8Array(buffer, byteOffset, byteLength);
}
