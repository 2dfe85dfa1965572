import type { Domain } from '@sekisho/spec';
import type { Clock } from '../io/clock/index.ts';
import type { Log } from '../io/log/index.ts';
import type { DuePolicy, PolicyStore } from './store/index.ts';
import type { Discoverer } from './discoverer.ts';
import type { DiscoverSettings } from './settings.ts';

/** Fetches under way at once, and the rest after each: few enough that refreshing never disturbs lookups. */
const CONCURRENCY = 2;
const REST_MS = 20;
const BATCH = 64;
const LONGEST_PAUSE_MS = 60_000;
const SWEEP_MS = 600_000;

export interface RefresherTools {
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
export interface Refresher {
  start(): void;
  close(): Promise<void>;
}

export function createRefresher(tools: RefresherTools): Refresher {
  const { clock, store, discoverer, log, settings, refresh, forget } = tools;
  const pauseMs = Math.min(LONGEST_PAUSE_MS, settings.refreshSeconds * 50);
  let cancel = (): void => undefined;
  let closed = false;
  let running: Promise<void> = Promise.resolve();
  let sweptAtMs = Number.NEGATIVE_INFINITY;

  const sweep = async (): Promise<void> => {
    sweptAtMs = clock.now();
    // A sweep moves only so many at once, so that lookups do not wait for it.
    for (let swept = await store.sweep(sweptAtMs); swept.length > 0 && !closed; ) {
      for (const policyDomain of swept) {
        log.info('policy expired', { domain: policyDomain });
        forget(policyDomain);
      }
      swept = await store.sweep(sweptAtMs);
    }
  };

  const refreshOne = async (due: DuePolicy): Promise<void> => {
    const { policyDomain, expiresAtMs } = due;
    if (isUnused(due, clock.now()))
      await store.putState({ policyDomain, refreshAtMs: expiresAtMs });
    else await refresh(policyDomain);
  };

  const rest = (): Promise<void> =>
    new Promise((resolve) => {
      clock.after(REST_MS, resolve);
    });

  const refreshDue = async (): Promise<void> => {
    for (;;) {
      const listed = await store.listDue(clock.now(), BATCH);
      const due = listed.filter(({ expiresAtMs }) => expiresAtMs > clock.now());
      // The expired are history; they would be listed for ever.
      if (due.length < listed.length) await sweep();
      const worker = async (): Promise<void> => {
        for (let next = due.shift(); next !== undefined && !closed; next = due.shift()) {
          await refreshOne(next);
          await rest();
        }
      };
      const full = listed.length === BATCH;
      await Promise.all(Array.from({ length: CONCURRENCY }, worker));
      if (!full || closed) return;
    }
  };

  const run = async (): Promise<void> => {
    try {
      await discoverer.retryUnsaved();
      if (clock.now() - sweptAtMs >= SWEEP_MS) await sweep();
      await refreshDue();
    } catch (error) {
      log.error('policies could not be refreshed', { error });
    }
    arm();
  };

  const arm = (): void => {
    if (closed) return;
    cancel = clock.after(pauseMs, () => {
      running = run();
    });
  };

  return {
    start() {
      running = run();
    },
    async close() {
      closed = true;
      cancel();
      await running;
    },
  };
}

/** A policy that nobody used for its whole lifetime is left to expire. */
function isUnused({ usedAtMs, fetchedAtMs, expiresAtMs }: DuePolicy, nowMs: number): boolean {
  return nowMs - (usedAtMs ?? fetchedAtMs) > expiresAtMs - fetchedAtMs;
}
