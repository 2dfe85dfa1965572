import type { Domain } from '@sekisho/spec';
import { type Delivery, nextUtcDay, type UtcDay, utcDayStartMs } from '../store/index.ts';
import type { DayCloser } from './day-closer.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import type { OutcomeWriter } from './outcome-writer.ts';
import { hurryDeliveries, retryDeliveries } from './delivery-changes.ts';
import type { OrderResult, Reporter, ReporterContext } from './reporter.ts';

const DOMAINS_AT_ONCE = 500;

/** The orders of the administrator. */
export function createOrderTaker(
  { store, clock, settings }: ReporterContext,
  { outcomes, queue, closer }: { outcomes: OutcomeWriter; queue: DeliveryQueue; closer: DayCloser },
): Pick<Reporter, 'retry' | 'sendNow'> {
  const { destinations = 'all' } = settings;

  /** Carries a change out while nothing of the report can begin; what is under way is left alone. */
  const change = async (
    reportId: string,
    choose: (deliveries: readonly Delivery[]) => readonly Delivery[],
  ): Promise<OrderResult> => {
    const release = queue.reserve(reportId);
    try {
      return await outcomes.inOrder(async () => {
        const all = await store.listDeliveries(reportId);
        if (all.length === 0) return { kind: 'not-found' };
        const changes = choose(all).filter((delivery) => !queue.isUnderWay(delivery));
        await store.putDeliveries(changes);
        const begun = changes.filter(({ state }) => state === 'waiting').length;
        return begun === 0 ? { kind: 'nothing-to-do' } : { kind: 'ordered', deliveries: begun };
      });
    } finally {
      release();
    }
  };
  const hurry = (reportId: string): Promise<OrderResult> =>
    change(reportId, (all) => hurryDeliveries(all, destinations, clock.now()));

  const sendDay = async (day: UtcDay): Promise<OrderResult> => {
    if (utcDayStartMs(nextUtcDay(day)) > clock.now()) return { kind: 'day-running' };
    await closer.closeDay(day);
    let sent = 0;
    let after: Domain | undefined;
    do {
      const domains = await store.listDomains(day, after, DOMAINS_AT_ONCE);
      for (const domain of domains) {
        for (const { report } of await store.listReports({ day, domain })) {
          const result = await hurry(report.reportId);
          sent += result.kind === 'ordered' ? result.deliveries : 0;
        }
      }
      after = domains.at(-1);
    } while (after !== undefined);
    return sent === 0 ? { kind: 'nothing-to-do' } : { kind: 'ordered', deliveries: sent };
  };

  return {
    async retry(reportId, place) {
      if (settings.dryRun) return { kind: 'dry-run' };
      const options = { place, destinations };
      return change(reportId, (all) => retryDeliveries(all, { ...options, nowMs: clock.now() }));
    },
    async sendNow(order) {
      if (settings.dryRun) return { kind: 'dry-run' };
      return 'day' in order ? sendDay(order.day) : hurry(order.reportId);
    },
  };
}
