import { endianness } from 'node:os';
import type { Libc } from './libc.ts';

/** Receives several datagrams by one call, since a call costs more than a datagram. */
export interface ReceiveVector {
  /** What has arrived, at most `SLOTS`; never waits. Valid until the next call. Undefined if the call failed. */
  receive(): ReceivedDatagrams | undefined;
}

export interface ReceivedDatagrams {
  readonly count: number;
  /** The length of one as it was sent, which may be more than was read. */
  lengthOf(index: number): number;
  bytesOf(index: number): Uint8Array;
}

/** More than a queue of the system's default length, 10. */
const SLOTS = 32;
const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

/** @param slotBytes the most that is read of one datagram; memory is used only as far as datagrams reach. */
export function createReceiveVector(libc: Libc, fd: number, slotBytes: number): ReceiveVector {
  const { messageHeader } = libc;
  const slots = Array.from({ length: SLOTS }, () => new Uint8Array(slotBytes));
  const headers = messageHeader.layOut(slots);
  const view = new DataView(headers.buffer);
  const isLittle = endianness() === 'LE';
  const { lengthOffset, size } = messageHeader;
  const lengthOf = (index: number): number => view.getUint32(index * size + lengthOffset, isLittle);
  const isNothing = (): boolean =>
    libc.errno() === libc.codes['EAGAIN'] || libc.errno() === libc.codes['EINTR'];
  return {
    receive() {
      const received = libc.recvmmsg(fd, headers, SLOTS, MSG_DONTWAIT | MSG_TRUNC);
      if (received < 0 && !isNothing()) return undefined;
      return {
        count: Math.max(0, received),
        lengthOf,
        bytesOf: (index) => (slots[index] as Uint8Array).subarray(0, lengthOf(index)),
      };
    },
  };
}
