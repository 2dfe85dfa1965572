import type { Command } from 'commander';
import type { ToAction } from './cli-context.ts';

/** `sekisho daemon`. */
export function addDaemonCommand(program: Command, action: ToAction): void {
  program
    .command('daemon')
    .description('answer Postfix, and keep policies fresh, until SIGTERM or SIGINT')
    .action(action(async (context) => (await import('./serve.ts')).serve(context, 'daemon')));
}
