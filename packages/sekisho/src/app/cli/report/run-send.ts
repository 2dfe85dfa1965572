import { nextUtcDay, type ReportStore, utcDayStartMs } from '../../../report/store/index.ts';
import type { CliContext } from '../cli-context.ts';
import { readDomainArgument } from '../domain-argument.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { styleFor } from '../publish/style.ts';
import { formatOutput } from '../publish/to-json.ts';
import { giveOrder } from './order.ts';
import { readDay } from './read-options.ts';
import { renderList } from './render-list.ts';
import type { SendOptions } from './report-commands.ts';
import { withReportStore } from './with-store.ts';

const MOST_REPORTS = 100_000;

interface Wish {
  readonly day?: string;
  readonly domain?: ReturnType<typeof readDomainArgument>;
}

/** `sekisho report send` */
export async function sendReports(context: CliContext, options: SendOptions): Promise<ExitCode> {
  const { day, domain, dryRun, json } = options;
  const wish: Wish = {
    ...(day === undefined ? {} : { day: readDay(day) }),
    ...(domain === undefined ? {} : { domain: readDomainArgument(domain) }),
  };
  return dryRun === true
    ? withReportStore(context, (store) => showWaiting(context, store, wish, json === true))
    : giveOrder(context, 'send', wish, json === true);
}

/** What `send` would do; changes nothing. */
async function showWaiting(
  context: CliContext,
  store: ReportStore,
  wish: Wish,
  isJson: boolean,
): Promise<ExitCode> {
  const reports = await store.listReports({
    ...wish,
    states: ['waiting', 'held'],
    limit: MOST_REPORTS,
  });
  const isOver = (day: string): boolean => utcDayStartMs(nextUtcDay(day)) <= Date.now();
  const isWished = (day: string): boolean => wish.day === undefined || wish.day === day;
  const open = wish.domain === undefined ? await store.listOpenDays() : [];
  const days = (await store.listDays()).filter(
    ({ day }) => open.includes(day) && isOver(day) && isWished(day),
  );
  if (isJson) {
    const plain = reports.map(({ report: { reportId, day, domain }, deliveries }) => ({
      reportId,
      day,
      domain,
      destinations: deliveries.map(({ uri }) => uri),
    }));
    context.stdout.write(formatOutput({ daysToClose: days.map(({ day }) => day), reports: plain }));
  } else if (days.length + reports.length > 0) {
    context.stdout.write(renderList({ days, reports, skipped: [] }, styleFor(context)));
  } else context.stderr.write('sekisho: there is nothing to be sent\n');
  return days.length + reports.length === 0 ? EXIT.notFound : EXIT.ok;
}
