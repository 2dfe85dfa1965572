import { randomInt } from 'node:crypto';
import { Ring } from './ring.ts';

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
export class ReplyCache {
  readonly #ring: Ring;
  readonly #bucketMask: number;
  /** A slot is empty while its end is 0. */
  readonly #ends: Float64Array;
  readonly #hashes: Int32Array;
  readonly #positions: Float64Array;
  /** Nobody outside can choose names that share a bucket. */
  readonly #seed = randomInt(2 ** 32);

  constructor({ capacityBytes = 64 << 20, slots = 1 << 18 }: ReplyCacheOptions = {}) {
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(1, slots / WAYS)));
    this.#ring = new Ring(capacityBytes);
    this.#bucketMask = buckets - 1;
    this.#ends = new Float64Array(buckets * WAYS);
    this.#hashes = new Int32Array(buckets * WAYS);
    this.#positions = new Float64Array(buckets * WAYS);
  }

  /** The slot of a request that stands in `buffer` and is still valid, or -1. Good until the next `put`. */
  find(buffer: Uint8Array, start: number, end: number, nowMs: number): number {
    const slot = this.#locate(hashBytes(buffer, start, end, this.#seed), buffer, start, end);
    return slot !== -1 && nowMs < at(this.#ends, slot) ? slot : -1;
  }

  /** The text of the reply in a slot that `find` gave. */
  textAt(slot: number): string {
    return this.#ring.textAt(at(this.#positions, slot));
  }

  tagAt(slot: number): number {
    return this.#ring.tagAt(at(this.#positions, slot));
  }

  /** Keeps a reply until `validUntilMs`. The request has one character a byte. */
  put(request: string, reply: KeptReply, validUntilMs: number): void {
    const bytes = Buffer.from(request, 'latin1');
    const hash = hashBytes(bytes, 0, bytes.length, this.#seed);
    const known = this.#locate(hash, bytes, 0, bytes.length);
    const slot = known === -1 ? this.#chooseSlot(hash) : known;
    if (known === -1 || !this.#isSame(slot, reply)) {
      const position = this.#ring.append(bytes, reply.text, reply.tag);
      if (position === undefined) {
        // Too long to keep; the former reply must not outlive it.
        if (known !== -1) this.#ends[slot] = 0;
        return;
      }
      this.#positions[slot] = position;
    }
    this.#hashes[slot] = hash;
    this.#ends[slot] = validUntilMs;
  }

  delete(request: string): void {
    const bytes = Buffer.from(request, 'latin1');
    const hash = hashBytes(bytes, 0, bytes.length, this.#seed);
    const slot = this.#locate(hash, bytes, 0, bytes.length);
    if (slot !== -1) this.#ends[slot] = 0;
  }

  clear(): void {
    this.#ends.fill(0);
  }

  #locate(hash: number, request: Uint8Array, start: number, end: number): number {
    const first = (hash & this.#bucketMask) * WAYS;
    for (let slot = first; slot < first + WAYS; slot += 1) {
      if (this.#hashes[slot] !== hash || this.#ends[slot] === 0) continue;
      if (this.#ring.holds(at(this.#positions, slot), request, start, end)) return slot;
    }
    return -1;
  }

  #chooseSlot(hash: number): number {
    const first = (hash & this.#bucketMask) * WAYS;
    let chosen = first;
    for (let slot = first; slot < first + WAYS; slot += 1) {
      if (!this.#ring.isIntact(at(this.#positions, slot))) return slot;
      if (at(this.#ends, slot) < at(this.#ends, chosen)) chosen = slot;
    }
    return chosen;
  }

  #isSame(slot: number, { text, tag }: KeptReply): boolean {
    return this.tagAt(slot) === tag && this.textAt(slot) === text;
  }
}

/** Index signatures of typed arrays are possibly undefined to the compiler; these slots exist. */
const at = (array: Float64Array, slot: number): number => array[slot] as number;

/** FNV-1a, begun with a secret. Stays within 32 signed bits, which V8 keeps out of the heap. */
function hashBytes(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = start; index < end; index += 1)
    hash = Math.imul(hash ^ (bytes[index] as number), 0x01000193);
  return hash ^ (hash >>> 15);
}
