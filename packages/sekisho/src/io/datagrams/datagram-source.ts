/** Datagrams in the order in which they arrived. */
export interface DatagramBatch {
  readonly count: number;
  /** All of them, one behind the other. */
  readonly bytes: Buffer;
  /** Where each one ends within `bytes`; it begins where the one before ends. */
  readonly ends: Uint32Array;
  /** When each one arrived, in milliseconds since the epoch. */
  readonly atMs: Float64Array;
  /** Since the batch before: longer than what is read of one, and left out. */
  readonly tooLong: number;
  /** Since the batch before: left out because their receiver lagged too far behind. */
  readonly lost: number;
}

/** Something that receives datagrams until it is closed. */
export interface DatagramSource {
  /** Resolves when all that had arrived was handed over. `lost` and `tooLong` are of its whole life. */
  close(): Promise<{ readonly lost: number; readonly tooLong: number }>;
}

export interface DatagramEvents {
  /** Called with at least one datagram, or with a loss; its batch is done with when it returns. */
  readonly onBatch: (batch: DatagramBatch) => void;
}
