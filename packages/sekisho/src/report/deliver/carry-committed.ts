import type { CarryOptions, CarryResult } from './carrier.ts';

/**
 * Carries, and speaks last: waits for a commit that is still under way when carrying has ended, and rejects with its
 * error, so that the caller never acts on a result while its own note of the commit is being written.
 */
export async function carryCommitted(
  { beforeCommit }: CarryOptions,
  carry: (beforeCommit: () => Promise<void>) => Promise<CarryResult>,
): Promise<CarryResult> {
  let commit: Promise<void> | undefined;
  const result = await carry(() => {
    // In a promise also where it throws at once.
    commit = Promise.resolve().then(beforeCommit);
    return commit;
  });
  await commit;
  return result;
}
