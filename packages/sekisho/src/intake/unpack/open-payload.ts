import { Unzip, type UnzipFile, UnzipInflate } from 'fflate';
import type { IntakeLimits } from './limits.ts';
import { inflate } from './inflate.ts';

/** A text out of a payload, and the name that an archive gives it. */
export interface OpenedText {
  readonly bytes: Buffer;
  readonly fileName?: string;
}

/** What a payload holds, or why it cannot be opened. */
export type Opened =
  | { readonly kind: 'texts'; readonly texts: readonly OpenedText[] }
  | { readonly kind: 'unusable'; readonly problem: string };

/** A file sent with the content coding gzip may be gzip itself. */
const MOST_LAYERS = 2;

/**
 * Opens what carries a report. Its first bytes tell what it is, whatever its label says: gzip (also twice), a zip
 * archive, or text. At most `budgetBytes` come out. RFC 8460 §5.2.
 */
export async function openPayload(
  payload: Buffer,
  budgetBytes: number,
  limits: IntakeLimits,
): Promise<Opened> {
  let bytes = payload;
  for (let layer = 0; isGzip(bytes); layer += 1) {
    if (layer === MOST_LAYERS) return unusable('it is compressed more than twice');
    const inflated = await inflate(bytes, largestOutput(bytes.length, budgetBytes, limits));
    if (inflated.kind === 'unusable') return inflated;
    bytes = inflated.bytes;
  }
  if (!isZip(bytes)) {
    return bytes.length > budgetBytes
      ? unusable(`it is larger than ${budgetBytes} bytes`)
      : { kind: 'texts', texts: [{ bytes }] };
  }
  if (bytes !== payload) return unusable('it is an archive within gzip');
  return openZip(bytes, largestOutput(bytes.length, budgetBytes, limits), limits.reports);
}

function unusable(problem: string): Opened {
  return { kind: 'unusable', problem };
}

/** Small reports may compress as well as they like: nobody is harmed. */
const FREE_BYTES = 1_048_576;

function largestOutput(sizeBytes: number, budgetBytes: number, { ratio }: IntakeLimits): number {
  return Math.max(1, Math.min(budgetBytes, Math.max(FREE_BYTES, sizeBytes * ratio)));
}

/** RFC 1952 §2.3.1. */
export function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

export function isZip(bytes: Buffer): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5);
}

/** A step of the input can become about a thousand times as much before its size is looked at. */
const STEP_BYTES = 2048;
const STORED = 0;
const DEFLATED = 8;
const MOST_ENTRIES = 64;

interface Reading {
  readonly texts: OpenedText[];
  readonly largestBytes: number;
  readonly mostTexts: number;
  entries: number;
  sizeBytes: number;
  problem?: string;
}

/** Takes the files out of a zip archive, but not those in folders of packers, nor XML. Sizes it states are not believed. */
function openZip(bytes: Buffer, largestBytes: number, mostTexts: number): Opened {
  const reading: Reading = { texts: [], largestBytes, mostTexts, entries: 0, sizeBytes: 0 };
  const unzip = new Unzip((file) => take(file, reading));
  unzip.register(UnzipInflate);
  try {
    for (let at = 0; at < bytes.length && reading.problem === undefined; at += STEP_BYTES)
      unzip.push(bytes.subarray(at, at + STEP_BYTES), at + STEP_BYTES >= bytes.length);
  } catch (error) {
    reading.problem ??= `its archive is damaged: ${error instanceof Error ? error.message : ''}`;
  }
  return reading.problem === undefined
    ? { kind: 'texts', texts: reading.texts }
    : { kind: 'unusable', problem: reading.problem };
}

function take(file: UnzipFile, reading: Reading): void {
  reading.entries += 1;
  if (reading.entries > MOST_ENTRIES) stop(reading, `its archive has over ${MOST_ENTRIES} entries`);
  if (reading.problem !== undefined || /(?:^|\/)(?:__MACOSX\/|[^/]*\.xml$|$)/.test(file.name))
    return;
  if (file.compression !== STORED && file.compression !== DEFLATED) {
    stop(reading, 'its archive is encrypted or compressed in an unusual way');
    return;
  }
  const chunks: Uint8Array[] = [];
  file.ondata = (error, chunk, isLast) => {
    if (error !== null) stop(reading, 'its archive is damaged');
    if (reading.problem !== undefined) return;
    reading.sizeBytes += chunk.length;
    if (reading.sizeBytes > reading.largestBytes)
      stop(reading, `it decompresses to more than ${reading.largestBytes} bytes`);
    chunks.push(chunk);
    if (isLast) keep({ bytes: Buffer.concat(chunks), fileName: file.name }, reading);
  };
  file.start();
}

function keep(text: OpenedText, reading: Reading): void {
  if (text.bytes[0] === 0x50 && text.bytes[1] === 0x4b)
    stop(reading, 'it is an archive within an archive');
  if (text.bytes[0] === 0x1f && text.bytes[1] === 0x8b)
    stop(reading, 'it is gzip within an archive');
  reading.texts.push(text);
  if (reading.texts.length > reading.mostTexts)
    stop(reading, `its archive holds more than ${reading.mostTexts} reports`);
}

function stop(reading: Reading, problem: string): void {
  reading.problem ??= problem;
}
