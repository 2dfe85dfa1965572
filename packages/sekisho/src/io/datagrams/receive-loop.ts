import type { BatchBuilder, BuiltBatch } from './batch-builder.ts';
import type { ReceivedDatagrams, ReceiveVector } from './receive-vector.ts';

export interface ReceiveLoopParts {
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
