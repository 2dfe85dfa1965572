import type { Readable } from 'node:stream';

/** How the data of a message ended. */
export type Collected =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  /** Read to its end, so that the client hears of it, and not kept. */
  | { readonly kind: 'too-large' }
  /** The client went away in the middle. */
  | { readonly kind: 'broken-off' };

/** Reads a message to its end and keeps at most `largestBytes` of it. */
export function collectMessage(data: Readable, largestBytes: number): Promise<Collected> {
  return new Promise((resolve) => {
    let chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    data.on('data', (chunk: Uint8Array) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= largestBytes) chunks.push(chunk);
      else chunks = [];
    });
    data.on('end', () =>
      resolve(
        sizeBytes > largestBytes
          ? { kind: 'too-large' }
          : { kind: 'whole', bytes: Buffer.concat(chunks) },
      ),
    );
    data.on('error', () => resolve({ kind: 'broken-off' }));
    data.on('close', () => resolve({ kind: 'broken-off' }));
  });
}
