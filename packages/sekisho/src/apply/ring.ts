const CHUNK_BYTES = 1 << 20;
/** Longer records are rare and not worth the room. */
const LONGEST_RECORD = CHUNK_BYTES >> 3;
/** Length of the request (2 bytes), length of the text (4), tag (1). */
const HEADER_BYTES = 7;

/**
 * Records of a request and a reply, one after the other in a ring of fixed size. A position only ever grows; a
 * record is gone once the ring has come round to it. Memory is taken chunk by chunk as it is first needed.
 */
export interface Ring {
  /** Adds a record and returns its position, or undefined if it is too long to keep. */
  append(request: Uint8Array, text: string, tag: number): number | undefined;
  /** Whether the record at a position has not been overwritten. */
  isIntact(position: number): boolean;
  /** Whether the record is intact and has this request. */
  holds(position: number, request: Uint8Array, start: number, end: number): boolean;
  /** Text and tag of an intact record. */
  textAt(position: number): string;
  tagAt(position: number): number;
}

/** @param capacityBytes rounded up to whole mebibytes. */
export function createRing(capacityBytes: number): Ring {
  const chunkCount = Math.max(1, Math.ceil(capacityBytes / CHUNK_BYTES));
  const capacity = chunkCount * CHUNK_BYTES;
  const chunks: (Buffer | undefined)[] = Array.from({ length: chunkCount });
  // Position 0 stands for "no record".
  let head = 1;

  const chunkOf = (position: number): Buffer => {
    const index = Math.floor(position / CHUNK_BYTES) % chunkCount;
    let chunk = chunks[index];
    if (chunk === undefined) {
      chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      chunks[index] = chunk;
    }
    return chunk;
  };

  const isIntact = (position: number): boolean => position > 0 && head - position <= capacity;

  return {
    append(request, text, tag) {
      const length = HEADER_BYTES + request.length + text.length;
      if (length > LONGEST_RECORD) return undefined;
      // A record never lies across the end of a chunk.
      if ((head % CHUNK_BYTES) + length > CHUNK_BYTES)
        head = Math.ceil(head / CHUNK_BYTES) * CHUNK_BYTES;
      const position = head;
      const chunk = chunkOf(position);
      const offset = position % CHUNK_BYTES;
      chunk.writeUInt16LE(request.length, offset);
      chunk.writeUInt32LE(text.length, offset + 2);
      chunk.writeUInt8(tag, offset + 6);
      chunk.set(request, offset + HEADER_BYTES);
      chunk.write(text, offset + HEADER_BYTES + request.length, 'latin1');
      head += length;
      return position;
    },
    isIntact,
    holds(position, request, start, end) {
      if (!isIntact(position)) return false;
      const chunk = chunkOf(position);
      const offset = position % CHUNK_BYTES;
      if (chunk.readUInt16LE(offset) !== end - start) return false;
      const shift = offset + HEADER_BYTES - start;
      for (let index = start; index < end; index += 1)
        if (chunk[shift + index] !== request[index]) return false;
      return true;
    },
    textAt(position) {
      const chunk = chunkOf(position);
      const offset = position % CHUNK_BYTES;
      const start = offset + HEADER_BYTES + chunk.readUInt16LE(offset);
      return chunk.toString('latin1', start, start + chunk.readUInt32LE(offset + 2));
    },
    tagAt: (position) => chunkOf(position).readUInt8((position % CHUNK_BYTES) + 6),
  };
}
