import type { Domain } from '@sekisho/spec';
import type { PolicyStore, StoredPolicy } from './store/index.ts';

const MOST = 10_000;

/** Policies that the store would not take, such as on a full disk; they are offered again until it does. */
export class UnsavedPolicies {
  readonly #store: Pick<PolicyStore, 'putPolicy'>;
  readonly #waiting = new Map<Domain, StoredPolicy>();

  constructor(store: Pick<PolicyStore, 'putPolicy'>) {
    this.#store = store;
  }

  get size(): number {
    return this.#waiting.size;
  }

  get(policyDomain: Domain): StoredPolicy | undefined {
    return this.#waiting.get(policyDomain);
  }

  /** Stores the policy, or remembers it and throws what the store threw. */
  async put(policy: StoredPolicy): Promise<void> {
    const { policyDomain } = policy;
    try {
      await this.#store.putPolicy(policy);
      this.#waiting.delete(policyDomain);
    } catch (error) {
      if (this.#waiting.size < MOST || this.#waiting.has(policyDomain))
        this.#waiting.set(policyDomain, policy);
      throw error;
    }
  }

  /** Gives up the policy of a domain, or of all (undefined). */
  forget(policyDomain: Domain | undefined): void {
    if (policyDomain === undefined) this.#waiting.clear();
    else this.#waiting.delete(policyDomain);
  }

  /** Offers them again, until one is refused. */
  async retry(): Promise<void> {
    for (const policy of this.#waiting.values()) await this.put(policy);
  }
}
