import type { CarryResult, ReportParcel } from '../deliver/carrier.ts';
import { type Delivery, type MadeReport, nextUtcDay, utcDayStartMs } from '../store/index.ts';
import { committing } from './delivery-changes.ts';
import type { ReporterContext } from './reporter.ts';

/** An attempt under way. */
export interface Carrying {
  /** Undefined when nothing left the house, for the store did not take `committing` or the attempt was called back. */
  readonly end: Promise<CarryResult | undefined>;
  /** Calls it back unless its last bytes may have left. */
  callBack(): void;
  /** Calls it back whatever may have left. */
  cut(): void;
}

/** Hands a report to the carrier of its destination. */
export function carryReport(
  { store, carriers, clock, log }: Pick<ReporterContext, 'store' | 'carriers' | 'clock' | 'log'>,
  delivery: Delivery,
): Carrying {
  const controller = new AbortController();
  const startedAtMs = clock.now();
  let isCommitted = false;

  const beforeCommit = async (): Promise<void> => {
    controller.signal.throwIfAborted();
    await store.putDelivery(committing(delivery, startedAtMs));
    controller.signal.throwIfAborted();
    isCommitted = true;
  };
  const carry = async (): Promise<CarryResult | undefined> => {
    const report = await store.findReport(delivery.reportId);
    if (report === undefined)
      return { kind: 'refused', problem: 'the report is not kept any more' };
    const carrier = /^https:/i.test(delivery.uri) ? carriers.https : carriers.mailto;
    const { signal } = controller;
    const result = await carrier.carry(parcelOf(report, delivery), { beforeCommit, signal });
    if (!signal.aborted || result.kind !== 'later') return result;
    // Cut off: without the last bytes nothing has arrived; with them the answer was not waited for.
    return isCommitted ? { kind: 'unknown', problem: result.problem } : undefined;
  };
  const end = carry().catch((error: unknown): CarryResult | undefined => {
    const { reportId, uri } = delivery;
    log.error('report could not be handed to its carrier', { reportId, destination: uri, error });
    if (!isCommitted) return undefined;
    return { kind: 'unknown', problem: 'the carrier failed after the last bytes' };
  });
  return {
    end,
    callBack: () => void (isCommitted || controller.abort()),
    cut: () => controller.abort(),
  };
}

function parcelOf(report: MadeReport, delivery: Delivery): ReportParcel {
  return {
    reportId: report.reportId,
    policyDomain: report.domain,
    startMs: utcDayStartMs(report.day),
    endMs: utcDayStartMs(nextUtcDay(report.day)),
    destination: delivery.uri,
    json: report.json,
  };
}

/** Counts and logs how an attempt ended, once it is stored. */
export function tellEnd(
  { log, tally }: Pick<ReporterContext, 'log' | 'tally'>,
  changes: readonly Delivery[],
  end: CarryResult,
): void {
  const [own] = changes;
  if (own === undefined) return;
  const { reportId, uri: destination, attempts } = own;
  const fields = { reportId, destination, attempts };
  if (end.kind === 'taken') {
    tally.sent += 1;
    log.info('report sent', { ...fields, answer: end.detail });
    return;
  }
  tally.failedAttempts += 1;
  const { problem } = end;
  if (own.state === 'given-up') {
    tally.givenUp += 1;
    log.warn('report given up', { ...fields, problem });
  } else if (own.state === 'uncertain') {
    log.warn('nobody can tell whether a report has arrived', { ...fields, problem });
  } else {
    const nextAttemptAt = new Date(own.nextAttemptAtMs).toISOString();
    log.info('report not sent yet', { ...fields, problem, nextAttemptAt });
  }
}
