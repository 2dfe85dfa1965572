import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { styleFor } from '../text/style.ts';
import { formatOutput } from '../text/to-json.ts';
import { quoteRemote } from '../text/remote-text.ts';
import { renderReport } from './render-report.ts';
import { withReportStore } from './with-store.ts';

/** Options of `sekisho report show`. */
export interface ShowOptions {
  readonly json?: true;
  readonly raw?: true;
}

/** `sekisho report show REPORT-ID` */
export function showReport(
  context: CliContext,
  reportId: string,
  { json, raw }: ShowOptions,
): Promise<ExitCode> {
  return withReportStore(context, async (store) => {
    const report = await store.findReport(reportId);
    if (report === undefined) return writeUnknown(context, reportId);
    const deliveries = await store.listDeliveries(reportId);
    const { stdout } = context;
    if (raw === true) stdout.write(`${report.json}\n`);
    else if (json === true) {
      const { json: text, ...facts } = report;
      // Beside the rest, whose instants are rewritten: the report is shown as it is.
      const plain = JSON.parse(formatOutput({ ...facts, deliveries })) as object;
      stdout.write(
        `${JSON.stringify({ ...plain, report: JSON.parse(text) as unknown }, null, 2)}\n`,
      );
    } else stdout.write(renderReport({ report, deliveries }, styleFor(context)));
    return EXIT.ok;
  });
}

/** Says that there is no such report. */
function writeUnknown({ stderr }: CliContext, reportId: string): ExitCode {
  stderr.write(
    `sekisho: there is no report ${quoteRemote(reportId)}; "sekisho report list" shows those that there are\n`,
  );
  return EXIT.notFound;
}
