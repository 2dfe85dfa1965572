const CHUNK_BYTES = 1 << 20;
/** Longer records are rare and not worth the room. */
const LONGEST_RECORD = CHUNK_BYTES >> 3;
/** Length of the request (2 bytes), length of the text (4), tag (1). */
const HEADER_BYTES = 7;

/**
 * Records of a request and a reply, one after the other in a ring of fixed size. A position only ever grows; a
 * record is gone once the ring has come round to it. Memory is taken chunk by chunk as it is first needed.
 */
export class Ring {
  readonly #capacity: number;
  readonly #chunks: (Buffer | undefined)[];
  /** Position 0 stands for "no record". */
  #head = 1;

  /** @param capacityBytes rounded up to whole mebibytes. */
  constructor(capacityBytes: number) {
    const count = Math.max(1, Math.ceil(capacityBytes / CHUNK_BYTES));
    this.#capacity = count * CHUNK_BYTES;
    this.#chunks = Array.from({ length: count });
  }

  /** Adds a record and returns its position, or undefined if it is too long to keep. */
  append(request: Uint8Array, text: string, tag: number): number | undefined {
    const length = HEADER_BYTES + request.length + text.length;
    if (length > LONGEST_RECORD) return undefined;
    // A record never lies across the end of a chunk.
    if ((this.#head % CHUNK_BYTES) + length > CHUNK_BYTES)
      this.#head = Math.ceil(this.#head / CHUNK_BYTES) * CHUNK_BYTES;
    const position = this.#head;
    const chunk = this.#chunkOf(position);
    const offset = position % CHUNK_BYTES;
    chunk.writeUInt16LE(request.length, offset);
    chunk.writeUInt32LE(text.length, offset + 2);
    chunk.writeUInt8(tag, offset + 6);
    chunk.set(request, offset + HEADER_BYTES);
    chunk.write(text, offset + HEADER_BYTES + request.length, 'latin1');
    this.#head += length;
    return position;
  }

  /** Whether the record at a position has not been overwritten. */
  isIntact(position: number): boolean {
    return position > 0 && this.#head - position <= this.#capacity;
  }

  /** Whether the record is intact and has this request. */
  holds(position: number, request: Uint8Array, start: number, end: number): boolean {
    if (!this.isIntact(position)) return false;
    const chunk = this.#chunkOf(position);
    const offset = position % CHUNK_BYTES;
    if (chunk.readUInt16LE(offset) !== end - start) return false;
    const shift = offset + HEADER_BYTES - start;
    for (let index = start; index < end; index += 1)
      if (chunk[shift + index] !== request[index]) return false;
    return true;
  }

  /** The text of an intact record. */
  textAt(position: number): string {
    const chunk = this.#chunkOf(position);
    const offset = position % CHUNK_BYTES;
    const start = offset + HEADER_BYTES + chunk.readUInt16LE(offset);
    return chunk.toString('latin1', start, start + chunk.readUInt32LE(offset + 2));
  }

  /** The tag of an intact record. */
  tagAt(position: number): number {
    return this.#chunkOf(position).readUInt8((position % CHUNK_BYTES) + 6);
  }

  #chunkOf(position: number): Buffer {
    const index = Math.floor(position / CHUNK_BYTES) % this.#chunks.length;
    const chunk = this.#chunks[index] ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
    this.#chunks[index] = chunk;
    return chunk;
  }
}
