import type { Domain } from '@sekisho/spec';
import { WorkAlert } from '../alerts/index.ts';
import { createLimit } from '../limit/index.ts';
import { carryOn } from './carry-on.ts';
import type { RolloutContext } from './rollout-context.ts';

/** How the list of due changes is named in alerts. */
const DUE = 'what is due';
/** As many as one list of the store holds. */
const DUE_AT_ONCE = 10_000;
/** A change that has failed so often waits among its like, so that it never delays a new one. */
const OFTEN_FAILED = 3;

/** Lets one piece of work at a time touch a domain; the others wait, first come, first served. */
export type DomainLocks = <T>(domain: Domain, work: () => Promise<T>) => Promise<T>;

/** Makes the locks of one rollout; a domain that nobody works on costs nothing. */
export function createDomainLocks(): DomainLocks {
  const last = new Map<Domain, Promise<unknown>>();
  return (domain, work) => {
    const before = last.get(domain) ?? Promise.resolve();
    const mine = before.then(work);
    // Whoever waits goes on also after a failure; the failure is the caller's.
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    last.set(domain, settled);
    void settled.then(() => {
      if (last.get(domain) === settled) last.delete(domain);
    });
    return mine;
  };
}

/** Carries out what is due: by the clock once started, and when told to. */
export class DueWork {
  readonly #context: RolloutContext;
  readonly #locks: DomainLocks;
  readonly #newLimit: ReturnType<typeof createLimit>;
  readonly #oftenFailedLimit: ReturnType<typeof createLimit>;
  readonly #failing: WorkAlert;
  readonly #underWay = new Map<Domain, Promise<void>>();
  #isStarted = false;
  #stopTimer: (() => void) | undefined;
  #polling: Promise<void> = Promise.resolve();

  constructor(context: RolloutContext, locks: DomainLocks) {
    this.#context = context;
    this.#locks = locks;
    this.#failing = new WorkAlert({
      alerts: context.alerts,
      clock: context.clock,
      code: 'changes-failing',
      what: 'Changes cannot be carried on',
    });
    this.#newLimit = createLimit(context.concurrency);
    this.#oftenFailedLimit = createLimit(context.concurrency);
  }

  /** Resolves when all that is due has been tried once. */
  async tick(): Promise<void> {
    await this.#beginDue();
    await Promise.all(this.#underWay.values());
  }

  /** Carries one domain on without waiting for the next look at the store; only once started. */
  nudge(domain: Domain): void {
    if (this.#isStarted && !this.#context.signal.aborted) void this.#begin(domain, 0);
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#polling = this.#poll();
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    await this.#polling;
    this.#stopTimer?.();
    await Promise.all(this.#underWay.values());
  }

  async #poll(): Promise<void> {
    const { log, clock, pollMs, signal } = this.#context;
    try {
      await this.#beginDue();
      this.#failing.succeeded(DUE);
    } catch (error) {
      this.#failing.failed(DUE, error);
      log.error('the store does not tell which changes are due', { error });
    }
    if (signal.aborted) return;
    this.#stopTimer = clock.after(pollMs, () => {
      this.#polling = this.#poll();
    });
  }

  async #beginDue(): Promise<void> {
    const { store, clock } = this.#context;
    const due = await store.listDueChanges(clock.now(), DUE_AT_ONCE);
    for (const { domain, change } of due) void this.#begin(domain, change?.attempts ?? 0);
  }

  #begin(domain: Domain, attempts: number): Promise<void> {
    const known = this.#underWay.get(domain);
    if (known !== undefined) return known;
    const limit = attempts < OFTEN_FAILED ? this.#newLimit : this.#oftenFailedLimit;
    const running = limit(() => this.#work(domain)).finally(() => this.#underWay.delete(domain));
    this.#underWay.set(domain, running);
    return running;
  }

  async #work(domain: Domain): Promise<void> {
    try {
      await this.#locks(domain, () => carryOn(this.#context, domain));
      this.#failing.succeeded(domain);
    } catch (error) {
      this.#failing.failed(domain, error);
      this.#context.log.error('a change could not be carried on', { domain, error });
    }
  }
}
