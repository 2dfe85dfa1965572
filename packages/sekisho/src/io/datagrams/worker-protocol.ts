/** What the thread that receives is started with. */
export interface ReceiverTask {
  readonly fd: number;
  /** See `SHARED`. */
  readonly shared: SharedArrayBuffer;
  readonly mostDatagramBytes: number;
  readonly mostBytesInFlight: number;
}

/** What it sends: a batch, in memory that is handed over with it, or the end. */
export type FromReceiver =
  | {
      readonly kind: 'batch';
      readonly bytes: ArrayBuffer;
      readonly ends: Uint32Array<ArrayBuffer>;
      readonly atMs: Float64Array<ArrayBuffer>;
    }
  | { readonly kind: 'failed'; readonly problem: string };

/** Places in the memory that both threads see, as an `Int32Array`. */
export const SHARED = {
  /** Not 0: the thread is to receive what has arrived, and end. */
  stop: 0,
  /** Bytes of batches that were sent and not yet handled. */
  inFlight: 1,
  /** Datagrams left out since the owner lags; it takes the number away. */
  lost: 2,
  /** Datagrams left out since they are too long. */
  tooLong: 3,
} as const;

export const SHARED_BYTES = 4 * Int32Array.BYTES_PER_ELEMENT;
