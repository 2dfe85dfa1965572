import { runIntakeService } from '../../intake/run-service.ts';
import type { CliContext } from '../cli-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { serve } from '../serve.ts';

/** `sekisho intake serve` */
export function serveIntake(context: CliContext): Promise<ExitCode> {
  return serve(context, runIntakeService);
}
