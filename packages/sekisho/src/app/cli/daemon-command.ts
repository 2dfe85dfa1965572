import type { Command } from 'commander';
import type { ToAction } from './program.ts';

/** `sekisho daemon`. */
export function addDaemonCommand(program: Command, action: ToAction): void {
  program
    .command('daemon')
    .description('answer Postfix, and keep policies fresh, until SIGTERM or SIGINT')
    .action(action(async (context) => (await import('./run-daemon.ts')).startDaemon(context)));
}
