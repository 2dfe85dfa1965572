import type { Command } from 'commander';
import type { ToAction } from '../cli-context.ts';
import type { ListOptions } from './run-list.ts';
import type { RetryOptions, SendOptions } from './run-order.ts';
import type { SamplesOptions } from './run-samples.ts';
import type { ShowOptions } from './run-show.ts';

const JSON_OPTION = ['--json', 'print JSON'] as const;

/** `sekisho report …`. */
export function addReportCommands(program: Command, action: ToAction): void {
  const report = program
    .command('report')
    .description('report to other domains how TLS with them went (RFC 8460)');
  report
    .command('serve')
    .description('collect sessions, and send reports when a day is over, until SIGTERM or SIGINT')
    .action(action(async (context) => (await import('../serve.ts')).serve(context, 'report')));
  addReading(report, action);
  addOrders(report, action);
}

function addReading(report: Command, action: ToAction): void {
  report
    .command('list')
    .description('show days, sessions, and how far every report has come')
    .option('--day <day>', 'only of this day (UTC), such as 2026-11-23')
    .option('--domain <domain>', 'only about this domain')
    .option('--state <state...>', 'only with a destination in such a state')
    .option(...JSON_OPTION)
    .action(
      action(async (context, options: ListOptions) =>
        (await import('./run-list.ts')).listReports(context, options),
      ),
    );
  report
    .command('show')
    .description('show one report: what it says, and how far it has come at each destination')
    .argument('<report-id>')
    .option('--raw', 'print the report as it is sent')
    .option(...JSON_OPTION)
    .action(
      action(async (context, reportId: string, options: ShowOptions) =>
        (await import('./run-show.ts')).showReport(context, reportId, options),
      ),
    );
  report
    .command('samples')
    .description('show what arrived and could not be used')
    .option(...JSON_OPTION)
    .action(
      action(async (context, options: SamplesOptions) =>
        (await import('./run-samples.ts')).showSamples(context, options),
      ),
    );
}

function addOrders(report: Command, action: ToAction): void {
  report
    .command('send')
    .description('make and send now what is over, without the spread')
    .option('--day <day>', 'only this day (UTC)')
    .option('--domain <domain>', 'only reports about this domain that are made already')
    .option('--dry-run', 'only say what would be sent')
    .option(...JSON_OPTION)
    .action(
      action(async (context, options: SendOptions) =>
        (await import('./run-order.ts')).sendReports(context, options),
      ),
    );
  report
    .command('retry')
    .description('give a report that was given up, or may not have arrived, another 24 hours')
    .argument('<report-id>')
    .option('--destination <number>', 'only this destination, as "report show" numbers them')
    .option(...JSON_OPTION)
    .action(
      action(async (context, reportId: string, options: RetryOptions) =>
        (await import('./run-order.ts')).retryReport(context, reportId, options),
      ),
    );
}
