import { endianness } from 'node:os';
import type { Libc } from './libc.ts';

interface ReceiveLoopParts {
  readonly vector: ReceiveVector;
  readonly builder: BatchBuilder;
  readonly mostDatagramBytes: number;
  readonly mostCount: number;
  readonly mostBytes: number;
  /** Waits until something has arrived, or for so long. */
  readonly waitMs: (ms: number) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly isStopped: () => boolean;
  readonly onBatch: (batch: BuiltBatch) => void;
  readonly onTooLong: () => void;
}

/** Messages between threads are dear: what arrives within this time goes together. */
const LINGER_MS = 20;
/** Asked again so many times before it sleeps, within a burst: to be woken takes longer than the queue takes to fill. */
const MOST_SPINS = 20;
/** How soon an order to stop is seen. */
const IDLE_MS = 200;
/** After the order to stop, so that one who never stops sending does not prevent it. */
const LAST_ROUNDS = 64;

/**
 * Receives until it is told to stop, and then what is still there.
 *
 * @returns whether it ended by order; otherwise receiving failed.
 */
export function runReceiveLoop(parts: ReceiveLoopParts): boolean {
  const { vector, builder, now } = parts;
  let roundsLeft = LAST_ROUNDS;
  let spins = 0;
  for (;;) {
    // Asked first: what arrived before the order is received after it.
    const isLast = parts.isStopped();
    const received = vector.receive();
    if (received === undefined) {
      flush(parts);
      return false;
    }
    if (isLast) roundsLeft -= 1;
    if (received.count > 0) {
      spins = 0;
      addAll(parts, received);
      if (roundsLeft > 0) continue;
    }
    if (isLast) {
      flush(parts);
      return true;
    }
    spins += 1;
    if (builder.count > 0 && spins <= MOST_SPINS) continue;
    parts.waitMs(builder.count === 0 ? IDLE_MS : leftMs(builder, now()));
    if (builder.count > 0 && leftMs(builder, now()) === 0) flush(parts);
  }
}

/** Until a batch has waited long enough; 0 also for a clock that was set back. */
function leftMs(builder: BatchBuilder, nowMs: number): number {
  const ageMs = nowMs - builder.sinceMs;
  return ageMs < 0 ? 0 : Math.max(0, LINGER_MS - ageMs);
}

function addAll(parts: ReceiveLoopParts, received: ReceivedDatagrams): void {
  const atMs = parts.now();
  for (let index = 0; index < received.count; index += 1) {
    if (received.lengthOf(index) > parts.mostDatagramBytes) parts.onTooLong();
    else addTo(parts, received.bytesOf(index), atMs);
  }
}

function addTo(parts: ReceiveLoopParts, bytes: Uint8Array, atMs: number): void {
  const { builder } = parts;
  const isFull =
    builder.count === parts.mostCount || builder.sizeBytes + bytes.length > parts.mostBytes;
  if (isFull) flush(parts);
  builder.add(bytes, atMs);
}

function flush({ builder, onBatch }: ReceiveLoopParts): void {
  if (builder.count > 0) onBatch(builder.take());
}

/** Datagrams copied together until they are worth a message to the other thread. */
interface BatchBuilder {
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

/** Receives several datagrams by one call, since a call costs more than a datagram. */
interface ReceiveVector {
  /** What has arrived, at most `SLOTS`; never waits. Valid until the next call. Undefined if the call failed. */
  receive(): ReceivedDatagrams | undefined;
}

interface ReceivedDatagrams {
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
