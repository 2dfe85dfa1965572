import type { Domain } from '@sekisho/spec';
import type { Entry } from './entry.ts';

/** The domains that memory holds, at most so many; who has not been touched for longest leaves first. */
export interface Memory {
  readonly size: number;
  get(policyDomain: Domain): Entry | undefined;
  /** Adds the entry, or makes it the most recently touched. */
  touch(entry: Entry): void;
  delete(policyDomain: Domain): void;
  clear(): void;
}

/** @param capacity entries held at most. */
export function createMemory(capacity: number): Memory {
  // A Map iterates in order of insertion, so re-inserting on touch keeps the eldest in front.
  const entries = new Map<Domain, Entry>();
  return {
    get size() {
      return entries.size;
    },
    get: (policyDomain) => entries.get(policyDomain),
    touch(entry) {
      entries.delete(entry.policyDomain);
      entries.set(entry.policyDomain, entry);
      if (entries.size <= capacity) return;
      const [eldest] = entries.keys();
      if (eldest !== undefined) entries.delete(eldest);
    },
    delete: (policyDomain) => void entries.delete(policyDomain),
    clear: () => entries.clear(),
  };
}
