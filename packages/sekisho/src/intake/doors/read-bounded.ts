/**
 * Reads a stream to its end, or until it is larger than `largestBytes`: then undefined, and no more is read.
 * Rejects with the stream's own error.
 */
export async function readBounded(
  stream: AsyncIterable<Uint8Array>,
  largestBytes: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    sizeBytes += chunk.length;
    if (sizeBytes > largestBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
