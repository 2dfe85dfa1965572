import { runDaemon } from '../daemon/index.ts';
import type { CliContext } from './cli-context.ts';
import type { ExitCode } from './exit-code.ts';
import { serve } from './serve.ts';

/** `sekisho daemon` */
export function startDaemon(context: CliContext): Promise<ExitCode> {
  return serve(context, runDaemon);
}
