import type { Domain } from '@sekisho/spec';
import { NO_ALERTS } from '../alerts/index.ts';
import { createDomainLocks } from './domain-locks.ts';
import { readStatus } from './domain-status.ts';
import { createDueWork } from './due-work.ts';
import { createOrders } from './orders.ts';
import type { OrderOutcome, Rollout } from './rollout.ts';
import type { RolloutOptions, Workshop } from './rollout-options.ts';

const DEFAULTS = {
  alerts: NO_ALERTS,
  observe: () => undefined,
  ttlSeconds: 300,
  settleMs: 0,
  pollMs: 5_000,
  concurrency: 32,
};

/** Makes the rollout of one store; one at a time may work on it. */
export function createRollout(options: RolloutOptions): Rollout {
  const ending = new AbortController();
  const workshop: Workshop = { ...DEFAULTS, ...options, signal: ending.signal };
  const { store } = workshop;
  const locks = createDomainLocks();
  const orders = createOrders(workshop);
  const dueWork = createDueWork(workshop, locks);

  const carryOut = async (
    domain: Domain,
    order: () => Promise<OrderOutcome>,
  ): Promise<OrderOutcome> => {
    const outcome = await locks(domain, order);
    if (outcome.kind === 'begun') dueWork.nudge(domain);
    return outcome;
  };
  /** Says at once that a change is under way: its step may hold the lock for a minute. */
  const begin = async (
    domain: Domain,
    order: () => Promise<OrderOutcome>,
  ): Promise<OrderOutcome> => {
    const change = (await store.getDomain(domain))?.change;
    if (change !== undefined && change.step !== 'confirm') return { kind: 'busy', change };
    return carryOut(domain, order);
  };

  return {
    set: (domain, wish, order) => begin(domain, () => orders.set(domain, wish, order)),
    rollback: (domain, version, order) =>
      begin(domain, () => orders.rollback(domain, version, order)),
    leave: (domain, order) => begin(domain, () => orders.leave(domain, order)),
    remove: (domain, order) => begin(domain, () => orders.remove(domain, order)),
    abandon: (domain, order) => carryOut(domain, () => orders.abandon(domain, order)),
    status: (domain) => readStatus(workshop, domain),
    tick: () => dueWork.tick(),
    start: () => dueWork.start(),
    async close() {
      ending.abort();
      await dueWork.close();
    },
  };
}
