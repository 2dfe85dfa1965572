/** Growing pauses between attempts that fail. */
export interface BackOff {
  /** Milliseconds until the next attempt. */
  next(): number;
  /** An attempt succeeded. */
  reset(): void;
}

export interface BackOffOptions {
  /** Of the first pause; each is twice the one before. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** 0 to 1; takes up to half of a pause away, so that many clients do not come back at once. */
  readonly random: () => number;
}

export function createBackOff({ firstMs, longestMs, random }: BackOffOptions): BackOff {
  let pauseMs = firstMs;
  return {
    next() {
      const wholeMs = pauseMs;
      pauseMs = Math.min(longestMs, pauseMs * 2);
      return wholeMs * (1 - random() / 2);
    },
    reset() {
      pauseMs = firstMs;
    },
  };
}
