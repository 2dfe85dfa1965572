import type { PolicyStore } from './policy-store.ts';
import { policyStoreOf } from './sync-policy-store.ts';

/** A store whose calls go to whichever store is in charge when they are made. */
export function createStoreRelay(
  current: () => Omit<PolicyStore, 'close'>,
  close: () => Promise<void>,
): PolicyStore {
  return policyStoreOf(async ({ method, args }) => {
    const its = current()[method] as (...given: readonly unknown[]) => Promise<unknown>;
    return its(...args);
  }, close);
}
