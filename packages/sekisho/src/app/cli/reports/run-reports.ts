import { readReportSummary, type ReportSummary } from '../../../intake/index.ts';
import type { IntakeReader, ReportScope } from '../../../intake/store/index.ts';
import type { CliContext } from '../cli-context.ts';
import { readDomainArgument } from '../domain-argument.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { dayText, readDays, readLastDay, spanOf } from '../intake/span.ts';
import { withIntakeStore } from '../intake/with-store.ts';
import { styleFor } from '../text/style.ts';
import { formatOutput } from '../text/to-json.ts';
import { UsageError } from '../usage-error.ts';
import { formatCsv } from './csv-tables.ts';
import { readUnverified } from './read-unverified.ts';
import { renderReports, type ShownReports } from './render-reports.ts';
import type { Grouping } from './words.ts';

/** Options of `sekisho reports`. */
export interface ReportsOptions {
  readonly days: string;
  readonly until?: string;
  readonly all?: true;
  readonly by?: Grouping;
  readonly json?: true;
  readonly csv?: true;
  readonly lang: 'en' | 'ja';
}

/** `sekisho reports [DOMAIN]` */
export function showReports(
  context: CliContext,
  domain: string | undefined,
  options: ReportsOptions,
): Promise<ExitCode> {
  const { json, csv } = options;
  if (json === true && csv === true)
    throw new UsageError('--csv: given is --json as well; allowed is one of them');
  const nowMs = Date.now();
  const scope = readScope(domain, options, nowMs);
  return withIntakeStore(context, async (store) => {
    const shown = await readAll(store, scope, options, nowMs);
    context.stdout.write(format(context, shown, options));
    const isEmpty = shown.summary.domains.length === 0 && shown.unverified.length === 0;
    return isEmpty ? EXIT.notFound : EXIT.ok;
  });
}

function readScope(
  domain: string | undefined,
  { days, until, all }: ReportsOptions,
  nowMs: number,
): ReportScope {
  // Today's reports come tomorrow.
  const lastDay = until === undefined ? dayText(nowMs, 1) : readLastDay(until);
  return {
    ...spanOf(readDays(days), lastDay),
    trust: all === true ? 'all' : 'verified',
    ...(domain === undefined ? {} : { domain: readDomainArgument(domain) }),
  };
}

async function readAll(
  store: IntakeReader,
  scope: ReportScope,
  { all, lang }: ReportsOptions,
  nowMs: number,
): Promise<ShownReports> {
  // Looked at from the day after: a span long past has its own silences.
  const after = dayText(Date.parse(scope.lastDay), -1);
  const now = dayText(nowMs);
  const summary: ReportSummary = await readReportSummary(store, scope, {
    today: after < now ? after : now,
    language: lang,
  });
  return { summary, unverified: all === true ? [] : await readUnverified(store, scope) };
}

function format(
  context: CliContext,
  shown: ShownReports,
  { json, csv, by, lang }: ReportsOptions,
): string {
  if (json === true) return formatOutput({ ...shown.summary, unverified: shown.unverified });
  if (csv === true) return formatCsv(shown.summary, by);
  const { columns } = context.stdout as { readonly columns?: number };
  return renderReports(shown, {
    ...styleFor(context),
    language: lang,
    width: lineWidth(columns),
    ...(by === undefined ? {} : { by }),
  });
}

/** Longer lines of prose are hard to read. */
const WIDEST = 100;
/** Less tells of a terminal that does not know its width, such as one of no columns. */
const NARROWEST = 40;

function lineWidth(columns = WIDEST): number {
  return columns < NARROWEST ? WIDEST : Math.min(columns, WIDEST);
}
