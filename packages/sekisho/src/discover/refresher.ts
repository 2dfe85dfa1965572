import type { Domain } from '@sekisho/spec';
import type { Clock } from '../io/clock/index.ts';
import type { Log } from '../io/log/index.ts';
import type { DuePolicy, PolicyStore } from './store/index.ts';
import type { Discoverer } from './discoverer.ts';
import type { DiscoverSettings } from './schedule.ts';

/** Fetches under way at once, and the rest after each: few enough that refreshing never disturbs lookups. */
const CONCURRENCY = 2;
const REST_MS = 20;
const BATCH = 64;
const LONGEST_PAUSE_MS = 60_000;
const SWEEP_MS = 600_000;

interface RefresherTools {
  readonly clock: Clock;
  readonly store: PolicyStore;
  readonly discoverer: Pick<Discoverer, 'retryUnsaved'>;
  readonly log: Log;
  readonly settings: Pick<DiscoverSettings, 'refreshSeconds'>;
  /** Fetches the domain's policy unconditionally; never rejects. */
  readonly refresh: (policyDomain: Domain) => Promise<unknown>;
  /** Is told of domains whose policy left the store because it expired. */
  readonly forget: (policyDomain: Domain) => void;
}

/** Keeps every policy fresh that was used within its lifetime (RFC 8461 §3.3, §10.2), and sweeps out the expired. */
export class Refresher {
  readonly #tools: RefresherTools;
  readonly #pauseMs: number;
  #cancel = (): void => undefined;
  #closed = false;
  #running: Promise<void> = Promise.resolve();
  #sweptAtMs = Number.NEGATIVE_INFINITY;

  constructor(tools: RefresherTools) {
    this.#tools = tools;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, tools.settings.refreshSeconds * 50);
  }

  start(): void {
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, discoverer, log } = this.#tools;
    try {
      await discoverer.retryUnsaved();
      if (clock.now() - this.#sweptAtMs >= SWEEP_MS) await this.#sweep();
      await this.#refreshDue();
    } catch (error) {
      log.error('policies could not be refreshed', { error });
    }
    if (!this.#closed) this.#cancel = clock.after(this.#pauseMs, () => this.start());
  }

  async #sweep(): Promise<void> {
    const { clock, store, log, forget } = this.#tools;
    this.#sweptAtMs = clock.now();
    // A sweep moves only so many at once, so that lookups do not wait for it.
    for (let swept = await store.sweep(this.#sweptAtMs); swept.length > 0 && !this.#closed; ) {
      for (const policyDomain of swept) {
        log.info('policy expired', { domain: policyDomain });
        forget(policyDomain);
      }
      swept = await store.sweep(this.#sweptAtMs);
    }
  }

  async #refreshDue(): Promise<void> {
    const { clock, store } = this.#tools;
    for (;;) {
      const listed = await store.listDue(clock.now(), BATCH);
      const due = listed.filter(({ expiresAtMs }) => expiresAtMs > clock.now());
      // The expired are history; they would be listed for ever.
      if (due.length < listed.length) await this.#sweep();
      const workers = Array.from({ length: CONCURRENCY }, () => this.#refreshEach(due));
      await Promise.all(workers);
      if (listed.length < BATCH || this.#closed) return;
    }
  }

  async #refreshEach(due: DuePolicy[]): Promise<void> {
    for (let next = due.shift(); next !== undefined && !this.#closed; next = due.shift()) {
      await this.#refreshOne(next);
      await new Promise<void>((resolve) => void this.#tools.clock.after(REST_MS, resolve));
    }
  }

  async #refreshOne(due: DuePolicy): Promise<void> {
    const { clock, store, refresh } = this.#tools;
    const { policyDomain, expiresAtMs } = due;
    if (isUnused(due, clock.now()))
      await store.putState({ policyDomain, refreshAtMs: expiresAtMs });
    else await refresh(policyDomain);
  }
}

/** A policy that nobody used for its whole lifetime is left to expire. */
function isUnused({ usedAtMs, fetchedAtMs, expiresAtMs }: DuePolicy, nowMs: number): boolean {
  return nowMs - (usedAtMs ?? fetchedAtMs) > expiresAtMs - fetchedAtMs;
}
