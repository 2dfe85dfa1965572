import { parseDomain } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import { toAscii } from '../../io/idn/index.ts';
import { nextUtcDay, type ReportStore, utcDayStartMs } from '../../report/store/index.ts';
import type { OrderResult, Reporter } from '../../report/index.ts';
import type { SendRequest } from '../control/report.ts';

export interface SendParts {
  readonly reporter: Reporter;
  readonly store: ReportStore;
  readonly clock: Clock;
}

/** More reports than this are not sent by one order. */
const MOST_REPORTS = 100_000;

/** Closes what is over and sends it without the spread: all of it, a day, or the reports about a domain. */
export async function sendNow(
  { day, domain: name }: SendRequest,
  { reporter, store, clock }: SendParts,
): Promise<OrderResult> {
  if (name === undefined && day !== undefined) return reporter.sendNow({ day });
  const domain = name === undefined ? undefined : parseDomain(name, { toAscii });
  if (domain?.ok === false) return { kind: 'not-found' };
  const results: OrderResult[] = [];
  const isOver = (open: string): boolean => utcDayStartMs(nextUtcDay(open)) <= clock.now();
  const days = domain === undefined ? (await store.listOpenDays()).filter(isOver) : [];
  for (const each of days) results.push(await reporter.sendNow({ day: each }));
  const reports = await store.listReports({
    states: ['waiting', 'held'],
    limit: MOST_REPORTS,
    ...(domain === undefined ? {} : { domain: domain.value }),
    ...(day === undefined ? {} : { day }),
  });
  for (const { report } of reports.filter((each) => !days.includes(each.report.day)))
    results.push(await reporter.sendNow({ reportId: report.reportId }));
  return sumUp(results);
}

function sumUp(results: readonly OrderResult[]): OrderResult {
  const refused = results.find(({ kind }) => kind === 'dry-run');
  if (refused !== undefined) return refused;
  const deliveries = results.reduce(
    (sum, result) => sum + (result.kind === 'ordered' ? result.deliveries : 0),
    0,
  );
  return deliveries === 0 ? { kind: 'nothing-to-do' } : { kind: 'ordered', deliveries };
}
