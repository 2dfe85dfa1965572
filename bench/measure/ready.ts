import { type Bench, withChildren } from '../harness/bench.ts';
import { domainName } from '../harness/domains.ts';
import { startSekisho } from '../subjects/sekisho.ts';
import type { Stores } from './stores.ts';

export const READY_POLICIES = 100_000;
const TRIES = 5;

export interface ReadyResult {
  /** From the start of the process to the right answer about a domain of the store, each try. */
  readonly triesMs: readonly number[];
}

export async function measureReady(bench: Bench, stores: Stores): Promise<ReadyResult> {
  const store = await stores.withPolicies(READY_POLICIES);
  const knownDomain = domainName(READY_POLICIES / 2);
  const triesMs: number[] = [];
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    bench.say(`ready: try ${String(attempt)} of ${String(TRIES)}`);
    const start = await withChildren((children) =>
      startSekisho(bench, children, { store, knownDomain }),
    );
    triesMs.push(start.readyMs);
  }
  return { triesMs };
}
