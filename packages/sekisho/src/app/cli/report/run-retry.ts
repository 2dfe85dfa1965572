import type { CliContext } from '../cli-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { giveOrder } from './order.ts';
import { readPlace } from './read-options.ts';
import type { RetryOptions } from './report-commands.ts';

/** `sekisho report retry REPORT-ID` */
export async function retryReport(
  context: CliContext,
  reportId: string,
  { destination, json }: RetryOptions,
): Promise<ExitCode> {
  const place = destination === undefined ? {} : { place: readPlace(destination) };
  return giveOrder(context, 'retry', { reportId, ...place }, json === true);
}
