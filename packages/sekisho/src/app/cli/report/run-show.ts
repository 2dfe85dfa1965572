import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { styleFor } from '../publish/style.ts';
import { formatOutput } from '../publish/to-json.ts';
import { renderReport } from './render-report.ts';
import type { ShowOptions } from './report-commands.ts';
import { tellUnknown } from './tell.ts';
import { withReportStore } from './with-store.ts';

/** `sekisho report show REPORT-ID` */
export function showReport(
  context: CliContext,
  reportId: string,
  { json, raw }: ShowOptions,
): Promise<ExitCode> {
  return withReportStore(context, async (store) => {
    const report = await store.findReport(reportId);
    if (report === undefined) return tellUnknown(context, reportId);
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
