import type { Bench } from '../harness/bench.ts';
import { fillStore } from '../subjects/sekisho.ts';

/** Filled stores, each made once in a run; daemons get copies. */
export interface Stores {
  withPolicies(count: number): Promise<string>;
}

export function createStores(bench: Bench): Stores {
  const made = new Map<number, Promise<string>>();
  return {
    withPolicies(count) {
      const known = made.get(count);
      if (known !== undefined) return known;
      bench.say(`filling a store with ${String(count)} policies`);
      const store = fillStore(bench, count);
      made.set(count, store);
      return store;
    },
  };
}
