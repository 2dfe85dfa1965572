import { promisify } from 'node:util';
import { gunzip, gunzipSync, inflateRaw, type ZlibOptions } from 'node:zlib';

const gunzipInBackground = promisify<Buffer, ZlibOptions, Buffer>(gunzip);
const inflateInBackground = promisify<Buffer, ZlibOptions, Buffer>(inflateRaw);

/** Below it, going to another thread and back takes longer than the work, also in the worst case. */
const SMALL_BYTES = 4096;

/** The decompressed bytes, or why there are none. */
export type Inflated =
  | { readonly kind: 'inflated'; readonly bytes: Buffer }
  | { readonly kind: 'unusable'; readonly problem: string };

/**
 * Decompresses gzip, all its members one after another; of what is followed by something else, the first. Stops,
 * without having made more, where the output passes `largestBytes`. RFC 1952 §2.2.
 */
export async function inflate(bytes: Buffer, largestBytes: number): Promise<Inflated> {
  const options = { maxOutputLength: largestBytes };
  const first = await attempt(largestBytes, async () =>
    bytes.length <= SMALL_BYTES ? gunzipSync(bytes, options) : gunzipInBackground(bytes, options),
  );
  if (first.kind === 'inflated' || first.problem !== NO_MEMBER) return first;
  const start = findData(bytes);
  return attempt(largestBytes, () => inflateInBackground(bytes.subarray(start), options));
}

const NO_MEMBER = 'its compressed data are followed by something else';

async function attempt(largestBytes: number, run: () => Promise<Buffer>): Promise<Inflated> {
  try {
    return { kind: 'inflated', bytes: await run() };
  } catch (error) {
    return { kind: 'unusable', problem: explain(error, largestBytes) };
  }
}

function explain(error: unknown, largestBytes: number): string {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  if (code === 'ERR_BUFFER_TOO_LARGE')
    return `it decompresses to more than ${largestBytes} bytes, or too many times its size`;
  if (code === 'Z_BUF_ERROR') return 'its compressed data end too early';
  return message === 'incorrect header check' ? NO_MEMBER : 'its compressed data are damaged';
}

/** Where the header of the first member ends. RFC 1952 §2.3. */
function findData(bytes: Buffer): number {
  const flags = bytes[3] ?? 0;
  let at = 10;
  if ((flags & 0x04) !== 0) at += 2 + (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
  for (const flag of [0x08, 0x10]) {
    const end = (flags & flag) === 0 ? at : bytes.indexOf(0, at) + 1;
    // Without an end it was no header: what is read from here cannot be decompressed.
    at = Math.max(at, end);
  }
  return (flags & 0x02) === 0 ? at : at + 2;
}
