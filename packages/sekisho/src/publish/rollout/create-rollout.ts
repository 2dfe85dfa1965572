import type { Domain } from '@sekisho/spec';
import { NO_ALERTS } from '../alerts/index.ts';
import { changeUnderWay } from './change-state.ts';
import { readStatus } from './domain-status.ts';
import { createDomainLocks, DueWork } from './due-work.ts';
import { createOrders, type Orders } from './orders.ts';
import type { DomainStatus, Order, OrderOutcome, PolicyWish, Rollout } from './rollout.ts';
import type { RolloutContext, RolloutOptions } from './rollout-context.ts';

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
  return new StoreRollout(options);
}

class StoreRollout implements Rollout {
  readonly #ending = new AbortController();
  readonly #locks = createDomainLocks();
  readonly #context: RolloutContext;
  readonly #orders: Orders;
  readonly #dueWork: DueWork;

  constructor(options: RolloutOptions) {
    this.#context = { ...DEFAULTS, ...options, signal: this.#ending.signal };
    this.#orders = createOrders(this.#context);
    this.#dueWork = new DueWork(this.#context, this.#locks);
  }

  set(domain: Domain, wish: PolicyWish, order: Order): Promise<OrderOutcome> {
    return this.#begin(domain, () => this.#orders.set(domain, wish, order));
  }

  rollback(domain: Domain, toVersion: number | undefined, order: Order): Promise<OrderOutcome> {
    return this.#begin(domain, () => this.#orders.rollback(domain, toVersion, order));
  }

  leave(domain: Domain, order: Order): Promise<OrderOutcome> {
    return this.#begin(domain, () => this.#orders.leave(domain, order));
  }

  remove(domain: Domain, order: Order): Promise<OrderOutcome> {
    return this.#begin(domain, () => this.#orders.remove(domain, order));
  }

  abandon(domain: Domain, order: Order): Promise<OrderOutcome> {
    return this.#locks(domain, () => this.#orders.abandon(domain, order));
  }

  status(domain: Domain): Promise<DomainStatus | undefined> {
    return readStatus(this.#context, domain);
  }

  tick(): Promise<void> {
    return this.#dueWork.tick();
  }

  start(): void {
    this.#dueWork.start();
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#dueWork.close();
  }

  /** Says at once that a change is under way, whose step may hold the lock for a minute; and again with the lock held. */
  async #begin(domain: Domain, order: () => Promise<OrderOutcome>): Promise<OrderOutcome> {
    const early = await this.#busy(domain);
    if (early !== undefined) return early;
    const outcome = await this.#locks(
      domain,
      async () => (await this.#busy(domain)) ?? (await order()),
    );
    if (outcome.kind === 'begun') this.#dueWork.nudge(domain);
    return outcome;
  }

  async #busy(domain: Domain): Promise<OrderOutcome | undefined> {
    const change = changeUnderWay(await this.#context.store.getDomain(domain));
    return change && { kind: 'busy', change };
  }
}
