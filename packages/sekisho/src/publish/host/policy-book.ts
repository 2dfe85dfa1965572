import type { Domain } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import type { PublishStore } from '../store/index.ts';
import type { PolicyBook, ServedPolicy } from './books.ts';
import { createRecent } from './recent.ts';

export interface PolicyBookOptions {
  readonly store: Pick<PublishStore, 'getServed'>;
  readonly clock: Clock;
  /** Policies in memory, half a kilobyte each. Default 20,000. */
  readonly mostPolicies?: number;
  /** How long a domain without a policy is not looked for again, unless it is forgotten before. Default 5,000. */
  readonly missMs?: number;
}

const MOST_MISSES = 10_000;

/** @throws {IoError} from `find`, when the store cannot be read; it is asked anew the next time. */
export function createPolicyBook(options: PolicyBookOptions): PolicyBook {
  const { store, clock, mostPolicies = 20_000, missMs = 5000 } = options;
  const policies = createRecent<Domain, Promise<ServedPolicy>>(mostPolicies);
  const missedAtMs = createRecent<Domain, number>(MOST_MISSES);
  const underWay = new Map<Domain, Promise<ServedPolicy | undefined>>();

  const load = async (domain: Domain): Promise<ServedPolicy | undefined> => {
    const version = await store.getServed(domain);
    return version && { domain, id: version.id, body: Buffer.from(version.body, 'utf8') };
  };

  /** What was forgotten while it was being read may be of yesterday, and is not remembered. */
  const remember = (domain: Domain, loading: Promise<ServedPolicy | undefined>): void => {
    const settle = (policy?: ServedPolicy): void => {
      if (underWay.get(domain) !== loading) return;
      underWay.delete(domain);
      if (policy === undefined) missedAtMs.set(domain, clock.now());
      else policies.set(domain, Promise.resolve(policy));
    };
    loading.then(settle, () => {
      if (underWay.get(domain) === loading) underWay.delete(domain);
    });
  };

  return {
    find(domain) {
      const known = policies.get(domain) ?? underWay.get(domain);
      if (known !== undefined) return known;
      const missed = missedAtMs.get(domain);
      if (missed !== undefined && Math.abs(clock.now() - missed) < missMs)
        return Promise.resolve(undefined);
      const loading = load(domain);
      underWay.set(domain, loading);
      remember(domain, loading);
      return loading;
    },
    forget(domain) {
      policies.delete(domain);
      missedAtMs.delete(domain);
      underWay.delete(domain);
    },
  };
}
