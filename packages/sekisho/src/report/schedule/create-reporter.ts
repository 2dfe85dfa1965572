import type { ReportStore } from '../store/index.ts';
import { DayCloser } from './day-closer.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { OutcomeWriter } from './outcome-writer.ts';
import type {
  Reporter,
  ReporterCounts,
  ReporterOptions,
  Tally,
  ReporterContext,
} from './reporter.ts';
import { createOrderTaker } from './take-orders.ts';

const HOUR_MS = 3_600_000;

const DEFAULTS = {
  dryRun: false,
  graceMs: 300_000,
  spreadMs: 4 * HOUR_MS,
  concurrency: 10,
  perHost: 1,
  hostGapMs: 1_000,
  lookups: 16,
  lookupRetryMs: 4 * HOUR_MS,
  keptDays: 30,
  pollMs: 30_000,
};

/** Wires the loop that makes and sends reports; it begins with `start`. RFC 8460 §4.1, §5.5. */
export function createReporter(options: ReporterOptions): Reporter {
  const { store, clock, log } = options;
  const tally: Tally = { made: 0, skipped: 0, sent: 0, failedAttempts: 0, givenUp: 0 };
  const settings = { ...DEFAULTS, ...options.settings };
  const context: ReporterContext = { random: Math.random, ...options, settings, tally };
  let isEnding = false;
  let making: Promise<void> | undefined;
  let sending: Promise<void> | undefined;
  let cancel = (): void => undefined;
  const outcomes = new OutcomeWriter(log);
  const queue = new DeliveryQueue(context, outcomes);
  const closer = new DayCloser(context, () => isEnding);
  const orders = createOrderTaker(context, { outcomes, queue, closer });

  const make = async (): Promise<void> => {
    try {
      await closer.closeDays();
    } catch (error) {
      log.error('reports of a day that is over cannot be made', { error });
    }
    making = undefined;
    void queue.fill();
  };
  const send = async (): Promise<void> => {
    if (await outcomes.writeUnstored()) await queue.fill();
    sending = undefined;
  };
  /** Sending does not wait for making: the records of a day take a while to look up. */
  const tick = (): void => {
    if (isEnding) return;
    making ??= make();
    sending ??= send();
    cancel = clock.after(settings.pollMs, tick);
  };

  return {
    ...orders,
    async start() {
      const interrupted = await store.settleInterrupted(clock.now());
      if (interrupted > 0)
        log.warn('nobody can tell whether reports have arrived', { deliveries: interrupted });
      tick();
    },
    async close() {
      isEnding = true;
      cancel();
      await Promise.all([queue.close(), making, sending]);
    },
    counts: () => countAll(store, tally),
  };
}

async function countAll(store: ReportStore, tally: Tally): Promise<ReporterCounts> {
  const { waiting, held, uncertain } = await store.countDeliveries();
  const oldestDueAtMs = await store.nextDueAtMs();
  return {
    ...tally,
    waiting,
    held,
    uncertain,
    ...(oldestDueAtMs === undefined ? {} : { oldestDueAtMs }),
  };
}
