import type { Delivery } from '../store/index.ts';
import type { CarryResult } from '../deliver/carrier.ts';
import type { Workshop } from './reporter.ts';

/** Counts and logs how an attempt ended, once it is stored. */
export function tellEnd(
  { log, tally }: Pick<Workshop, 'log' | 'tally'>,
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
