/** Datagrams copied together until they are worth a message to the other thread. */
export interface BatchBuilder {
  add(bytes: Uint8Array, atMs: number): void;
  readonly count: number;
  readonly sizeBytes: number;
  /** When the first one was added; only with at least one. */
  readonly sinceMs: number;
  /** What was added, in memory of its own; begins anew. */
  take(): BuiltBatch;
}

export interface BuiltBatch {
  readonly bytes: ArrayBuffer;
  readonly ends: Uint32Array<ArrayBuffer>;
  readonly atMs: Float64Array<ArrayBuffer>;
}

/** @param mostBytes and @param mostCount what it has to hold; who adds more than fits gets a RangeError. */
export function createBatchBuilder(mostBytes: number, mostCount: number): BatchBuilder {
  const memory = new Uint8Array(mostBytes);
  const ends = new Uint32Array(mostCount);
  const times = new Float64Array(mostCount);
  let count = 0;
  let sizeBytes = 0;
  return {
    get count() {
      return count;
    },
    get sizeBytes() {
      return sizeBytes;
    },
    get sinceMs() {
      return times[0] ?? 0;
    },
    add(bytes, atMs) {
      if (count === mostCount) throw new RangeError('the batch is full');
      memory.set(bytes, sizeBytes);
      sizeBytes += bytes.length;
      ends[count] = sizeBytes;
      times[count] = atMs;
      count += 1;
    },
    take() {
      const built = {
        bytes: memory.slice(0, sizeBytes).buffer,
        ends: ends.slice(0, count),
        atMs: times.slice(0, count),
      };
      count = 0;
      sizeBytes = 0;
      return built;
    },
  };
}
