import type { Domain } from '@sekisho/spec';
import type { PolicyStore, StoredPolicy } from './store/index.ts';

const MOST = 10_000;

/** Policies that the store would not take, such as on a full disk; they are offered again until it does. */
export interface Unsaved {
  readonly size: number;
  get(policyDomain: Domain): StoredPolicy | undefined;
  /** Stores the policy, or remembers it and throws what the store threw. */
  put(policy: StoredPolicy): Promise<void>;
  forget(policyDomain: Domain | undefined): void;
  /** Offers them again, until one is refused. */
  retry(): Promise<void>;
}

export function createUnsaved(store: Pick<PolicyStore, 'putPolicy'>): Unsaved {
  const waiting = new Map<Domain, StoredPolicy>();
  const put = async (policy: StoredPolicy): Promise<void> => {
    try {
      await store.putPolicy(policy);
      waiting.delete(policy.policyDomain);
    } catch (error) {
      if (waiting.size < MOST || waiting.has(policy.policyDomain))
        waiting.set(policy.policyDomain, policy);
      throw error;
    }
  };
  return {
    get size() {
      return waiting.size;
    },
    get: (policyDomain) => waiting.get(policyDomain),
    put,
    forget(policyDomain) {
      if (policyDomain === undefined) waiting.clear();
      else waiting.delete(policyDomain);
    },
    async retry() {
      for (const policy of waiting.values()) await put(policy);
    },
  };
}
