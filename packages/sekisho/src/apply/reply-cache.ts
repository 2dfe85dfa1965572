import { randomInt } from 'node:crypto';
import { createRing, type Ring } from './ring.ts';

/** Slots of one bucket: a request can stand in any of them. */
const WAYS = 8;

export interface ReplyCacheOptions {
  /** Bytes of requests and replies held at most; taken in steps of a mebibyte as they fill. Default 64 MiB. */
  readonly capacityBytes?: number;
  /** Requests held at most, rounded up to a power of two. Default 262,144. */
  readonly slots?: number;
}

/** What is kept of a reply: its text, one character a byte, and a small number of the caller's. */
export interface KeptReply {
  readonly text: string;
  /** 0 to 255. */
  readonly tag: number;
}

/**
 * Finished replies under the bytes of their requests, kept outside the JavaScript heap: a hundred thousand of them
 * cost their bytes and little more, the garbage collector never looks at them, and finding one allocates nothing.
 *
 * It is a cache and may forget anything at any time: records lie in a ring, so that the eldest are overwritten, and
 * a bucket that is full gives up the slot that ends first.
 */
export interface ReplyCache {
  /** The slot of a request that stands in `buffer` and is still valid, or -1. Good until the next `put`. */
  find(buffer: Uint8Array, start: number, end: number, nowMs: number): number;
  /** The reply in a slot that `find` gave. */
  textAt(slot: number): string;
  tagAt(slot: number): number;
  /** Keeps a reply until `validUntilMs`. The request has one character a byte. */
  put(request: string, reply: KeptReply, validUntilMs: number): void;
  delete(request: string): void;
  clear(): void;
}

export function createReplyCache({
  capacityBytes = 64 << 20,
  slots = 1 << 18,
}: ReplyCacheOptions = {}): ReplyCache {
  const buckets = 2 ** Math.ceil(Math.log2(Math.max(1, slots / WAYS)));
  const ring = createRing(capacityBytes);
  // A slot is empty while its end is 0.
  const ends = new Float64Array(buckets * WAYS);
  const hashes = new Int32Array(buckets * WAYS);
  const positions = new Float64Array(buckets * WAYS);
  // Nobody outside can choose names that share a bucket.
  const seed = randomInt(2 ** 32);

  const firstOf = (hash: number): number => (hash & (buckets - 1)) * WAYS;

  const locate = (hash: number, request: Uint8Array, start: number, end: number): number => {
    const first = firstOf(hash);
    for (let slot = first; slot < first + WAYS; slot += 1) {
      if (hashes[slot] !== hash || ends[slot] === 0) continue;
      if (ring.holds(at(positions, slot), request, start, end)) return slot;
    }
    return -1;
  };

  const chooseSlot = (hash: number): number => {
    const first = firstOf(hash);
    let chosen = first;
    for (let slot = first; slot < first + WAYS; slot += 1) {
      if (!ring.isIntact(at(positions, slot))) return slot;
      if (at(ends, slot) < at(ends, chosen)) chosen = slot;
    }
    return chosen;
  };

  return {
    find(buffer, start, end, nowMs) {
      const slot = locate(hashBytes(buffer, start, end, seed), buffer, start, end);
      return slot !== -1 && nowMs < at(ends, slot) ? slot : -1;
    },
    textAt: (slot) => ring.textAt(at(positions, slot)),
    tagAt: (slot) => ring.tagAt(at(positions, slot)),
    put(request, reply, validUntilMs) {
      const bytes = Buffer.from(request, 'latin1');
      const hash = hashBytes(bytes, 0, bytes.length, seed);
      const known = locate(hash, bytes, 0, bytes.length);
      const slot = known === -1 ? chooseSlot(hash) : known;
      if (known === -1 || !isSame(ring, at(positions, slot), reply)) {
        const position = ring.append(bytes, reply.text, reply.tag);
        if (position === undefined) {
          // Too long to keep; the former reply must not outlive it.
          if (known !== -1) ends[slot] = 0;
          return;
        }
        positions[slot] = position;
      }
      hashes[slot] = hash;
      ends[slot] = validUntilMs;
    },
    delete(request) {
      const bytes = Buffer.from(request, 'latin1');
      const slot = locate(hashBytes(bytes, 0, bytes.length, seed), bytes, 0, bytes.length);
      if (slot !== -1) ends[slot] = 0;
    },
    clear: () => void ends.fill(0),
  };
}

/** Index signatures of typed arrays are possibly undefined to the compiler; these slots exist. */
const at = (array: Float64Array, slot: number): number => array[slot] as number;

const isSame = (ring: Ring, position: number, { text, tag }: KeptReply): boolean =>
  ring.tagAt(position) === tag && ring.textAt(position) === text;

/** FNV-1a, begun with a secret. Stays within 32 signed bits, which V8 keeps out of the heap. */
function hashBytes(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = start; index < end; index += 1)
    hash = Math.imul(hash ^ (bytes[index] as number), 0x01000193);
  return hash ^ (hash >>> 15);
}
