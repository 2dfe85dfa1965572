import type { ReportScope, StoredReport } from '../../../intake/store/index.ts';
import type { CliContext } from '../cli-context.ts';
import { readDomainArgument } from '../domain-argument.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type TextStyle, styleFor } from '../text/style.ts';
import { toJson } from '../text/to-json.ts';
import { alignRight } from '../text/table.ts';
import { showRemote } from '../text/remote-text.ts';
import { formatTable } from '../text/table.ts';
import { formatDistance } from '../text/time.ts';
import { trustWord } from './describe-trust.ts';
import { dayText, readDays, spanOf } from './span.ts';
import { withIntakeStore } from './with-store.ts';

/** Options of `sekisho intake list`. */
export interface ListOptions {
  readonly json?: true;
  readonly domain?: string;
  readonly days?: string;
}

const MOST_SHOWN = 500;
const MOST_IN_JSON = 10_000;
const USUAL_DAYS = '30';

/** `sekisho intake list` */
export function listReports(context: CliContext, options: ListOptions): Promise<ExitCode> {
  const { json, domain, days = USUAL_DAYS } = options;
  const style = styleFor(context);
  const scope: ReportScope = {
    ...spanOf(readDays(days), dayText(style.nowMs)),
    trust: 'all',
    ...(domain === undefined ? {} : { domain: readDomainArgument(domain) }),
  };
  return withIntakeStore(context, async (store) => {
    const { stdout, stderr } = context;
    const most = json === true ? MOST_IN_JSON : MOST_SHOWN;
    const reports = await store.listReports(scope, most);
    if (reports.length === 0) {
      stderr.write('sekisho: there is no report about these days; --days looks further back\n');
      return EXIT.notFound;
    }
    stdout.write(
      json === true
        ? reports.map((report) => `${JSON.stringify(toJson(report))}\n`).join('')
        : `${renderList(reports, style).join('\n')}\n`,
    );
    if (reports.length === most)
      stderr.write(`sekisho: only the latest ${String(most)} are shown\n`);
    return EXIT.ok;
  });
}

function renderList(reports: readonly StoredReport[], style: TextStyle): readonly string[] {
  const { nowMs, paint } = style;
  const rows = [
    ['id', 'day', 'reporter', 'sessions', 'failed', 'trust', 'by', 'received'],
    ...reports.map((report) => [
      report.id,
      report.day,
      showRemote(report.submitter, 60),
      String(report.successful + report.failed),
      String(report.failed),
      trustWord(report.trust, style),
      report.channel,
      formatDistance(report.receivedAtMs, nowMs),
    ]),
  ];
  return formatTable(
    alignRight(rows, [0, 3, 4]).map((row, index) =>
      index === 0
        ? row.map(paint.dim)
        : row.map((cell, column) =>
            column === 4 && cell.trim() !== '0' ? paint.careful(cell) : cell,
          ),
    ),
  );
}
