const LF = 0x0a;
const CR = 0x0d;

/** What a chunk completed. */
export interface SplitLines {
  readonly lines: readonly string[];
  /** Octets of the chunks so far that belong to no finished line. */
  readonly pendingBytes: number;
}

/** Cuts octets into lines, whatever their chunks. A line that is too long is dropped whole and counted. */
export interface LineSplitter {
  push(chunk: Buffer): SplitLines;
  /** Forgets an unfinished line. */
  reset(): void;
  /** Lines dropped since the beginning. */
  readonly dropped: number;
}

/** @param longestBytes without the LF; octets that are no UTF-8 become U+FFFD. */
export function createLineSplitter(longestBytes: number): LineSplitter {
  let parts: Buffer[] = [];
  let heldBytes = 0;
  let pendingBytes = 0;
  let dropped = 0;
  let isTooLong = false;

  const reset = (): void => {
    parts = [];
    heldBytes = 0;
    pendingBytes = 0;
    isTooLong = false;
  };

  const hold = (part: Buffer): void => {
    pendingBytes += part.length;
    isTooLong ||= heldBytes + part.length > longestBytes;
    if (isTooLong) {
      parts = [];
      heldBytes = 0;
      return;
    }
    // A copy: the caller may read into the same memory again.
    parts.push(Buffer.from(part));
    heldBytes += part.length;
  };

  const finish = (part: Buffer): string | undefined => {
    const isDropped = isTooLong || heldBytes + part.length > longestBytes;
    const line = isDropped ? undefined : Buffer.concat([...parts, part]);
    if (isDropped) dropped += 1;
    reset();
    return line?.toString('utf8', 0, line.at(-1) === CR ? line.length - 1 : line.length);
  };

  return {
    push(chunk) {
      const lines: string[] = [];
      let start = 0;
      for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
        const line = finish(chunk.subarray(start, end));
        if (line !== undefined) lines.push(line);
        start = end + 1;
      }
      if (start < chunk.length) hold(chunk.subarray(start));
      return { lines, pendingBytes };
    },
    reset,
    get dropped() {
      return dropped;
    },
  };
}
