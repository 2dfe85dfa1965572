import type { IntakeLimits } from './limits.ts';
import { inflate } from './inflate.ts';
import { openZip } from './open-zip.ts';

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
