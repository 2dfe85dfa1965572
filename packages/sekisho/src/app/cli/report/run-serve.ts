import { runReportService } from '../../report/run-service.ts';
import type { CliContext } from '../cli-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { serve } from '../serve.ts';

/** `sekisho report serve` */
export function serveReports(context: CliContext): Promise<ExitCode> {
  return serve(context, runReportService);
}
