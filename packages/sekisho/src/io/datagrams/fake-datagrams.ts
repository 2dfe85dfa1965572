import type { DatagramEvents, DatagramSource } from './datagram-source.ts';

/** Datagrams that a test sends by hand. */
export interface FakeDatagrams extends DatagramSource {
  readonly isClosed: boolean;
  /** Hands over one batch, all of the same moment; text becomes UTF-8. */
  send(datagrams: readonly (string | Uint8Array)[], atMs: number): void;
  /** Hands over that some were left out. */
  lose(losses: { readonly lost?: number; readonly tooLong?: number }): void;
}

/** A source without a socket. */
export function createFakeDatagrams({ onBatch }: DatagramEvents): FakeDatagrams {
  const total = { lost: 0, tooLong: 0 };
  let isClosed = false;
  return {
    get isClosed() {
      return isClosed;
    },
    send(datagrams, atMs) {
      let end = 0;
      const parts = datagrams.map((each) => Buffer.from(each as string));
      onBatch({
        count: parts.length,
        bytes: Buffer.concat(parts),
        ends: Uint32Array.from(parts, ({ length }) => (end += length)),
        atMs: new Float64Array(parts.length).fill(atMs),
        lost: 0,
        tooLong: 0,
      });
    },
    lose({ lost = 0, tooLong = 0 }) {
      total.lost += lost;
      total.tooLong += tooLong;
      const empty = { bytes: Buffer.alloc(0), ends: new Uint32Array(), atMs: new Float64Array() };
      onBatch({ count: 0, ...empty, lost, tooLong });
    },
    close() {
      isClosed = true;
      return Promise.resolve({ ...total });
    },
  };
}
