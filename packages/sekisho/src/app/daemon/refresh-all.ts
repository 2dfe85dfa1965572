import type { Domain } from '@sekisho/spec';
import type { Policies, PolicyAnswer } from '../../discover/index.ts';
import type { PolicyStore } from '../../discover/store/index.ts';

const BATCH = 500;
const CONCURRENCY = 8;

/** What came of an order to fetch every kept policy, in domains. */
export interface RefreshCount {
  readonly done: number;
  /** The policy could not be fetched; a kept one stays in force until it expires. */
  readonly failed: number;
}

/** Whether an answer is a policy fetched since an order was given, not one that merely stays in force. */
export function isFetchedSince(answer: PolicyAnswer, orderedAtMs: number): boolean {
  return answer.kind === 'policy' && answer.fetchedAtMs >= orderedAtMs;
}

/** Fetches every kept policy now, a few at a time. */
export async function refreshAll(policies: Policies, store: PolicyStore): Promise<RefreshCount> {
  const orderedAtMs = Date.now();
  const refresh = async (policyDomain: Domain): Promise<boolean> =>
    isFetchedSince(await policies.refresh(policyDomain), orderedAtMs);
  let done = 0;
  let failed = 0;
  let batch = await store.listPolicyDomains({ limit: BATCH });
  for (let last = batch.at(-1); last !== undefined; last = batch.at(-1)) {
    const results = await refreshBatch(batch, refresh);
    done += results.filter((isDone) => isDone).length;
    failed += results.filter((isDone) => !isDone).length;
    batch = await store.listPolicyDomains({ after: last, limit: BATCH });
  }
  return { done, failed };
}

async function refreshBatch(
  batch: readonly Domain[],
  refresh: (policyDomain: Domain) => Promise<boolean>,
): Promise<readonly boolean[]> {
  const queue = [...batch];
  const results: boolean[] = [];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      results.push(await refresh(next));
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return results;
}
