import { type Command, Option } from 'commander';
import type { ToAction } from '../cli-context.ts';
import type { ReportsOptions } from './run-reports.ts';
import { GROUPINGS } from './words.ts';

/** `sekisho reports [DOMAIN]`. */
export function addReportsCommand(program: Command, action: ToAction): void {
  program
    .command('reports')
    .description(
      'explain the TLS reports about your domains: what failed, what it means, what to do',
    )
    .argument('[domain]')
    .option('--days <number>', 'so many days', '7')
    .option('--until <day>', 'the last of them, UTC (default: yesterday)')
    .option('--all', 'count reports as well whose reporter is not verified')
    .addOption(new Option('--by <what>', 'show one table, whole').choices([...GROUPINGS]))
    .addOption(
      new Option('--lang <language>', 'language of explanations')
        .choices(['en', 'ja'])
        .default('en'),
    )
    .option('--json', 'print JSON')
    .option('--csv', 'print a table as CSV: domains, or what --by says')
    .action(
      action(async (context, domain: string | undefined, options: ReportsOptions) =>
        (await import('./run-reports.ts')).showReports(context, domain, options),
      ),
    );
}
