import type { OrderResult } from '../../../report/index.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { formatOutput } from '../publish/to-json.ts';
import { quoteRemote } from '../text/remote-text.ts';

/** Says that the service is not there, and how to get it. */
export function tellUnavailable({ stderr }: CliContext, socketPath: string): ExitCode {
  stderr.write(
    `sekisho: nobody listens at ${socketPath}: "sekisho report serve" is not running there, or has another report.stateDirectory\n`,
  );
  return EXIT.unavailable;
}

/** Says that there is no such report. */
export function tellUnknown({ stderr }: CliContext, reportId: string): ExitCode {
  stderr.write(
    `sekisho: there is no report ${quoteRemote(reportId)}; "sekisho report list" shows those that there are\n`,
  );
  return EXIT.notFound;
}

/** Says what became of an order. */
export function tellOrder(
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
