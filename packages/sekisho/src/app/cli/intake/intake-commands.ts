import type { Command } from 'commander';
import type { ToAction } from '../cli-context.ts';
import type { ImportOptions } from './run-import.ts';
import type { ListOptions } from './run-list.ts';
import type { PipeOptions } from './run-pipe.ts';
import type { RefusedOptions } from './run-refused.ts';
import type { ShowOptions } from './run-show.ts';

const JSON_OPTION = ['--json', 'print JSON'] as const;

/** `sekisho intake …`. */
export function addIntakeCommands(program: Command, action: ToAction): void {
  const intake = program
    .command('intake')
    .description('receive TLS reports about your own domains; alone: one message on standard input')
    .option('--strict', 'end with 65 where the message holds no usable report')
    .action(
      action(async (context, options: PipeOptions) =>
        (await import('./run-pipe.ts')).takeFromPipe(context, options),
      ),
    );
  intake
    .command('serve')
    .description('take reports by LMTP, POST, IMAP and Maildir, until SIGTERM or SIGINT')
    .action(action(async (context) => (await import('../serve.ts')).serve(context, 'intake')));
  intake
    .command('import')
    .description('take what is in files: reports, messages, mbox, Maildir, or directories of such')
    .argument('<path...>')
    .option('--move', 'mark messages of a Maildir as read and move them to "cur"')
    .option(...JSON_OPTION)
    .action(
      action(async (context, paths: readonly string[], options: ImportOptions) =>
        (await import('./run-import.ts')).importReports(context, paths, options),
      ),
    );
  addReading(intake, action);
}

function addReading(intake: Command, action: ToAction): void {
  intake
    .command('list')
    .description('show reports that were received, the latest day first')
    .option('--domain <domain>', 'only about this domain')
    .option('--days <number>', 'only about so many days up to today (default: 30)')
    .option(...JSON_OPTION)
    .action(
      action(async (context, options: ListOptions) =>
        (await import('./run-list.ts')).listReports(context, options),
      ),
    );
  intake
    .command('show')
    .description('show one report: who wrote it, what it says, what had to be repaired')
    .argument('<id>', 'as "intake list" shows it')
    .option('--raw', 'print the report as it came')
    .option(...JSON_OPTION)
    .action(
      action(async (context, id: string, options: ShowOptions) =>
        (await import('./run-show.ts')).showReport(context, id, options),
      ),
    );
  intake
    .command('refused')
    .description('show what arrived and could not be used')
    .option('--raw <id>', 'print one of them as it came, at most 64 KiB')
    .option(...JSON_OPTION)
    .action(
      action(async (context, options: RefusedOptions) =>
        (await import('./run-refused.ts')).showRefused(context, options),
      ),
    );
}
