import type { Domain } from '@sekisho/spec';
import type { Entry } from './answer.ts';

/** The domains that memory holds, at most so many; who has not been touched for longest leaves first. */
export class Memory {
  readonly #capacity: number;
  // A Map iterates in order of insertion, so re-inserting on touch keeps the eldest in front.
  readonly #entries = new Map<Domain, Entry>();

  /** @param capacity entries held at most. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(policyDomain: Domain): Entry | undefined {
    return this.#entries.get(policyDomain);
  }

  /** Adds the entry, or makes it the most recently touched. */
  touch(entry: Entry): void {
    this.#entries.delete(entry.policyDomain);
    this.#entries.set(entry.policyDomain, entry);
    if (this.#entries.size <= this.#capacity) return;
    const [eldest] = this.#entries.keys();
    if (eldest !== undefined) this.#entries.delete(eldest);
  }

  delete(policyDomain: Domain): void {
    this.#entries.delete(policyDomain);
  }

  clear(): void {
    this.#entries.clear();
  }
}
