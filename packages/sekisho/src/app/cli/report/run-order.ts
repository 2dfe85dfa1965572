import type { OrderResult } from '../../../report/index.ts';
import { nextUtcDay, type ReportStore, utcDayStartMs } from '../../../report/store/index.ts';
import { loadSettings } from '../../config/index.ts';
import { controlSocketOf } from '../../state/index.ts';
import type { CliContext } from '../cli-context.ts';
import { readDomainArgument } from '../domain-argument.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { createServiceClient } from '../service-client.ts';
import { styleFor } from '../text/style.ts';
import { formatOutput } from '../text/to-json.ts';
import { readDay, readPlace } from './read-options.ts';
import { renderList } from './render-list.ts';
import { withReportStore } from './with-store.ts';

/** Options of `sekisho report send`. */
export interface SendOptions {
  readonly json?: true;
  readonly day?: string;
  readonly domain?: string;
  readonly dryRun?: true;
}

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

/** Options of `sekisho report retry`. */
export interface RetryOptions {
  readonly json?: true;
  readonly destination?: string;
}

/** `sekisho report retry REPORT-ID` */
export async function retryReport(
  context: CliContext,
  reportId: string,
  { destination, json }: RetryOptions,
): Promise<ExitCode> {
  const place = destination === undefined ? {} : { place: readPlace(destination) };
  return giveOrder(context, 'retry', { reportId, ...place }, json === true);
}

/** Gives an order to the service, and says what became of it. */
async function giveOrder(
  context: CliContext,
  verb: 'send' | 'retry',
  body: object,
  isJson: boolean,
): Promise<ExitCode> {
  const { settings } = loadSettings(context);
  const client = createServiceClient(controlSocketOf(settings, 'reporter'));
  const answer = await client.ask('POST', `/v1/${verb}`, body);
  if (answer === undefined) return writeUnavailable(context, client.socketPath);
  if (answer.status !== 200) {
    context.stderr.write(
      'sekisho: the service does not understand the order; is it of another version?\n',
    );
    return EXIT.software;
  }
  return writeResult(context, answer.body as OrderResult, isJson);
}

/** Says that the service is not there, and how to get it. */
function writeUnavailable({ stderr }: CliContext, socketPath: string): ExitCode {
  stderr.write(
    `sekisho: nobody listens at ${socketPath}: "sekisho report serve" is not running there, or has another report.stateDirectory\n`,
  );
  return EXIT.unavailable;
}

/** Says what became of an order. */
function writeResult(
  { stdout, stderr }: CliContext,
  result: OrderResult,
  isJson: boolean,
): ExitCode {
  if (isJson) stdout.write(formatOutput(result));
  const tell = (text: string): void => void (isJson || stderr.write(`sekisho: ${text}\n`));
  switch (result.kind) {
    case 'ordered': {
      const { deliveries } = result;
      const what = deliveries === 1 ? '1 destination' : `${String(deliveries)} destinations`;
      if (!isJson) stdout.write(`${what}: sending begins now. See: sekisho report list\n`);
      return EXIT.ok;
    }
    case 'not-found':
      tell('there is no such report');
      return EXIT.notFound;
    case 'nothing-to-do':
      tell('there is nothing to be sent');
      return EXIT.notFound;
    case 'day-running':
      tell('that day is not over (UTC); its reports are made when it is');
      return EXIT.refused;
    case 'dry-run':
      tell('nothing is sent: report.contact is not set, or report.dryRun is');
      return EXIT.refused;
  }
}
