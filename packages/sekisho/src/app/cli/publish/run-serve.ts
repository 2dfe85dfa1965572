import { runPublishService } from '../../publish/run-service.ts';
import type { CliContext } from '../cli-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { serve } from '../serve.ts';

/** `sekisho publish serve` */
export function servePolicies(context: CliContext): Promise<ExitCode> {
  return serve(context, runPublishService);
}
