import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, withChildren } from '../harness/bench.ts';
import { writeKeys } from '../harness/domains.ts';
import { runLoad } from '../harness/load.ts';
import { readRssMb } from '../harness/process-cost.ts';
import { startSekisho } from '../subjects/sekisho.ts';
import type { Stores } from './stores.ts';

export const MEMORY_COUNTS = [0, 10_000, 100_000] as const;
/** Garbage collectors give memory back when nothing happens; what matters is what is held under use. */
const SETTLE_MS = 1000;

export interface MemoryResult {
  readonly policies: number;
  readonly rssMb: number;
}

/** Resident memory after every policy has been asked for. */
export async function measureMemory(
  bench: Bench,
  stores: Stores,
): Promise<readonly MemoryResult[]> {
  const results: MemoryResult[] = [];
  for (const policies of MEMORY_COUNTS) {
    const store = await stores.withPolicies(policies);
    bench.say(`rss: ${String(policies)} policies`);
    const rssMb = await withChildren(async (children) => {
      const { child, endpoints } = await startSekisho(bench, children, { store });
      const keysFile = writeKeys(bench.directory, policies);
      if (policies > 0) await runLoad({ to: endpoints.tcp, keysFile, connections: 16, once: true });
      await delay(SETTLE_MS);
      return readRssMb(child.pid);
    });
    results.push({ policies, rssMb });
  }
  return results;
}
