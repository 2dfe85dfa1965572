import type { ReportStore } from '../../../report/store/index.ts';
import type { CliContext } from '../cli-context.ts';
import { readDomainArgument } from '../domain-argument.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { styleFor } from '../text/style.ts';
import { formatOutput } from '../text/to-json.ts';
import { readDay, readStates } from './read-options.ts';
import { renderList, type ReportList } from './render-list.ts';
import { withReportStore } from './with-store.ts';

/** Options of `sekisho report list`. */
export interface ListOptions {
  readonly json?: true;
  readonly day?: string;
  readonly domain?: string;
  readonly state?: readonly string[];
}

const MOST_SHOWN = 500;
const MOST_IN_JSON = 1_000_000;
const MOST_DAYS = 14;

interface Query {
  readonly day?: string;
  readonly domain?: ReturnType<typeof readDomainArgument>;
  readonly states?: ReturnType<typeof readStates>;
}

function readQuery({ day, domain, state }: ListOptions): Query {
  return {
    ...(day === undefined ? {} : { day: readDay(day) }),
    ...(domain === undefined ? {} : { domain: readDomainArgument(domain) }),
    ...(state === undefined ? {} : { states: readStates(state) }),
  };
}

async function readList(store: ReportStore, query: Query, limit: number): Promise<ReportList> {
  const { day, domain, states } = query;
  const isNarrow = domain !== undefined || states !== undefined;
  const days = isNarrow ? [] : await store.listDays(day === undefined ? MOST_DAYS : undefined);
  const skipped = day === undefined || states !== undefined ? [] : await store.listSkipped(day);
  return {
    days: days.filter((each) => day === undefined || each.day === day),
    reports: await store.listReports({ ...query, limit }),
    skipped: skipped.filter((each) => domain === undefined || each.domain === domain),
  };
}

/** `sekisho report list` */
export function listReports(context: CliContext, options: ListOptions): Promise<ExitCode> {
  const query = readQuery(options);
  return withReportStore(context, async (store) => {
    const { stdout, stderr } = context;
    const isJson = options.json === true;
    const list = await readList(store, query, isJson ? MOST_IN_JSON : MOST_SHOWN + 1);
    const { days, reports, skipped } = list;
    if (isJson) stdout.write(formatOutput(toPlain(list)));
    if (days.length + reports.length + skipped.length === 0) {
      if (!isJson) stderr.write('sekisho: there is nothing of the kind\n');
      return EXIT.notFound;
    }
    if (isJson) return EXIT.ok;
    stdout.write(renderList({ ...list, reports: reports.slice(0, MOST_SHOWN) }, styleFor(context)));
    if (reports.length > MOST_SHOWN)
      stderr.write(
        `sekisho: there are more than ${String(MOST_SHOWN)}; narrow it by --day, --domain or --state\n`,
      );
    return EXIT.ok;
  });
}

function toPlain({ days, reports, skipped }: ReportList): object {
  return {
    days,
    reports: reports.map(({ report, deliveries }) => ({ ...report, deliveries })),
    skipped,
  };
}
