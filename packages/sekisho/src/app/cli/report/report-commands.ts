import type { Command } from 'commander';
import type { ToAction } from '../program.ts';

/** Options that most commands of `sekisho report` share. */
export interface ReportOptions {
  readonly json?: true;
}

/** Options of `sekisho report list`. */
export interface ListOptions extends ReportOptions {
  readonly day?: string;
  readonly domain?: string;
  readonly state?: readonly string[];
}

/** Options of `sekisho report show`. */
export interface ShowOptions extends ReportOptions {
  readonly raw?: true;
}

/** Options of `sekisho report send`. */
export interface SendOptions extends ReportOptions {
  readonly day?: string;
  readonly domain?: string;
  readonly dryRun?: true;
}

/** Options of `sekisho report retry`. */
export interface RetryOptions extends ReportOptions {
  readonly destination?: string;
}

const JSON_OPTION = ['--json', 'print JSON'] as const;

/** `sekisho report …`. */
export function addReportCommands(program: Command, action: ToAction): void {
  const report = program
    .command('report')
    .description('report to other domains how TLS with them went (RFC 8460)');
  report
    .command('serve')
    .description('collect sessions, and send reports when a day is over, until SIGTERM or SIGINT')
    .action(action(async (context) => (await import('./run-serve.ts')).serveReports(context)));
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
      action(async (context, options: ReportOptions) =>
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
        (await import('./run-send.ts')).sendReports(context, options),
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
        (await import('./run-retry.ts')).retryReport(context, reportId, options),
      ),
    );
}
