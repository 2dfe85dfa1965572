import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ConnectionObserver } from '../../apply/index.ts';
import type { DiscoverEvent } from '../../discover/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { PolicyStore } from '../../discover/store/index.ts';
import { createLookupStats } from './lookup-stats.ts';

/** The Prometheus metrics. No label ever carries a remote name, so their number is bounded. */
export interface Metrics extends ConnectionObserver {
  readonly observe: (event: DiscoverEvent) => void;
  /** The exposition text and its media type. */
  render(): Promise<{ readonly text: string; readonly contentType: string }>;
}

export interface MetricsParts {
  readonly version: string;
  readonly log: Log;
  readonly store: PolicyStore;
  /** Domains in memory and replies given from it, read when somebody asks. */
  readonly memory: () => {
    readonly entries: number;
    readonly unsaved: number;
    readonly repliesRemembered: number;
    /** Missed policies that the report service was not told of. */
    readonly untold: number;
  };
}

const FETCH_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createMetrics({ version, log, store, memory }: MetricsParts): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name: `sekisho_${name}`, help, labelNames: [...labelNames], registers });
  const gauge = (name: string, help: string, read: () => Promise<number> | number) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await read());
      },
    });

  new Gauge({
    name: 'sekisho_build_info',
    help: 'Always 1; the label tells the version.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
  const refused = counter('protocol_errors_total', 'Connections closed for bad netstrings.', [
    'problem',
  ]);
  const cache = counter('cache_requests_total', 'Policies found in memory or not.', ['result']);
  const served = counter('policy_reads_total', 'Where policies not in memory came from.', ['from']);
  const records = counter('record_lookups_total', 'TXT lookups by outcome.', ['outcome']);
  const fetches = counter('policy_fetches_total', 'Policy fetches by outcome.', ['code']);
  const failures = counter(
    'refresh_failures_total',
    'Fetches that failed while a cached policy is in force.',
    ['code'],
  );
  const checks = counter(
    'record_check_failures_total',
    'Records that could not be used while a cached policy is in force.',
    ['because'],
  );
  const storeErrors = counter('store_errors_total', 'Reads and writes of the store that failed.');
  const lookups = createLookupStats();
  const fetchSeconds = new Histogram({
    name: 'sekisho_policy_fetch_duration_seconds',
    help: 'Duration of policy fetches.',
    buckets: FETCH_BUCKETS,
    registers,
  });
  gauge('sekisho_policies', 'Policies in the store.', () => store.count());
  gauge(
    'sekisho_oldest_policy_fetch_age_seconds',
    'Age of the unexpired policy that was not refreshed for longest; 0 without any.',
    async () => {
      const nowMs = Date.now();
      return (nowMs - ((await store.oldestFetchMs(nowMs)) ?? nowMs)) / 1000;
    },
  );
  gauge(
    'sekisho_unsaved_policies',
    'Policies that the store has not taken yet.',
    () => memory().unsaved,
  );
  gauge(
    'sekisho_untold_policy_failures',
    'Policies that could not be had since the start and that the report service was not told of.',
    () => memory().untold,
  );
  gauge('sekisho_memory_domains', 'Domains held in memory.', () => memory().entries);
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  gauge('process_start_time_seconds', 'Start of the process since the epoch.', () =>
    Math.round(performance.timeOrigin / 1000),
  );

  const hits = cache.labels('hit');
  const misses = cache.labels('miss');
  let repliesSeen = 0;

  return {
    answered: (outcome, durationMs) => lookups.count(outcome, durationMs),
    refused(problem, peer) {
      refused.inc({ problem });
      log.warn('connection closed: not socketmap', { problem, peer });
    },
    observe(event) {
      switch (event.kind) {
        case 'served':
          (event.from === 'memory' ? hits : misses).inc();
          if (event.from !== 'memory') served.inc({ from: event.from });
          break;
        case 'record-lookup':
          records.inc({ outcome: event.outcome });
          break;
        case 'fetch':
          fetches.inc({ code: event.code });
          fetchSeconds.observe(event.durationMs / 1000);
          break;
        case 'refresh-failed':
          failures.inc({ code: event.code });
          break;
        case 'check-failed':
          checks.inc({ because: event.because });
          break;
        case 'store-failed':
          storeErrors.inc();
          break;
        case 'policy-missed':
          // Counted as a fetch; its names are for the report to the domain.
          break;
      }
    },
    async render() {
      const { repliesRemembered } = memory();
      // After a reload a new engine counts from 0.
      hits.inc(
        Math.max(0, repliesRemembered - (repliesRemembered < repliesSeen ? 0 : repliesSeen)),
      );
      repliesSeen = repliesRemembered;
      const text = `${lookups.render()}${await registry.metrics()}`;
      return { text, contentType: registry.contentType };
    },
  };
}
