import type { Policies } from '../../discover/index.ts';
import type { PolicyStore, StoredDomain } from '../../io/store/index.ts';

const BATCH = 500;
const CONCURRENCY = 8;

/** Fetches every kept policy now, a few at a time. Resolves to the number of domains that then have one. */
export async function refreshAll(policies: Policies, store: PolicyStore): Promise<number> {
  let done = 0;
  let batch = await store.list({ limit: BATCH });
  for (let last = batch.at(-1); last !== undefined; last = batch.at(-1)) {
    done += await refreshBatch(policies, batch);
    batch = await store.list({ after: last.policyDomain, limit: BATCH });
  }
  return done;
}

async function refreshBatch(policies: Policies, batch: readonly StoredDomain[]): Promise<number> {
  const queue = batch.filter(({ policy }) => policy !== undefined);
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      if ((await policies.refresh(next.policyDomain)).kind === 'policy') done += 1;
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return done;
}
