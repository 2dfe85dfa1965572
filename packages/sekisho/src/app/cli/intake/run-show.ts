import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { styleFor } from '../text/style.ts';
import { formatOutput } from '../text/to-json.ts';
import { quoteRemote } from '../text/remote-text.ts';
import { renderStored } from './render-stored.ts';
import { withIntakeStore } from './with-store.ts';
import { writeRaw } from './write-raw.ts';

/** Options of `sekisho intake show`. */
export interface ShowOptions {
  readonly json?: true;
  readonly raw?: true;
}

/** `sekisho intake show ID` */
export function showReport(
  context: CliContext,
  id: string,
  { json, raw }: ShowOptions,
): Promise<ExitCode> {
  const { stdout, stderr } = context;
  return withIntakeStore(context, async (store) => {
    const report = await store.getReport(id);
    if (report === undefined) {
      stderr.write(
        `sekisho: there is no report ${quoteRemote(id)}; "sekisho intake list" shows those that there are\n`,
      );
      return EXIT.notFound;
    }
    const { raw: bytes, ...facts } = report;
    if (raw === true) {
      if (bytes === undefined) {
        stderr.write('sekisho: the report as it came is not kept any more (intake.keep.rawDays)\n');
        return EXIT.notFound;
      }
      writeRaw(stdout, bytes);
      return EXIT.ok;
    }
    stdout.write(json === true ? formatOutput(facts) : renderStored(report, styleFor(context)));
    return EXIT.ok;
  });
}
