import { Command, CommanderError } from 'commander';
import { addCacheCommands } from './cache/cache-commands.ts';
import type { CliContext, ToAction } from './cli-context.ts';
import { addConfigCommands } from './config/config-commands.ts';
import { addDaemonCommand } from './daemon-command.ts';
import { addDnsCommand } from './dns/dns-command.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { addIntakeCommands } from './intake/intake-commands.ts';
import { addPublishCommands } from './publish/publish-commands.ts';
import { addQueryCommand } from './query/query-command.ts';
import { addReportCommands } from './report/report-commands.ts';
import { addReportsCommand } from './reports/reports-command.ts';
import { UsageError } from './usage-error.ts';
import { readVersion } from './version.ts';

/** The command line, ready to be run once. */
export interface Program {
  run(argv: readonly string[]): Promise<ExitCode>;
}

const EXAMPLES = `
Examples:
  sekisho daemon                      answer Postfix on 127.0.0.1:8461
  sekisho query example.com           show what would happen, and why
  sekisho cache list                  show the policies that are kept
  sekisho publish serve               publish policies for your own domains
  sekisho publish set example.com --mode testing
  sekisho report serve                send TLS reports about other domains
  sekisho intake serve                receive TLS reports about your own domains
  sekisho reports                     what they say, and what to do
  sekisho dns example.com             show the DNS records that this needs
  sekisho config example > sekisho.yaml

Exit codes:
  0  done            65  refused, unchanged      74  disk or socket failed
  1  nothing found   69  daemon is not running   75  uncertain, try again later
 64  wrong command   70  defect of Sekisho       78  wrong configuration`;

/** Whether the command line was refused, or help or version was shown. */
export function isCommanderError(error: unknown): error is CommanderError {
  return error instanceof CommanderError;
}

function createCommand({ stdout, stderr }: Omit<CliContext, 'configFile'>): Command {
  return new Command('sekisho')
    .description(
      'MTA-STS (RFC 8461) beside Postfix: applies the policies of other domains, and publishes your own.',
    )
    .version(readVersion(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show help for a command')
    .option('-c, --config <file>', 'configuration file')
    .addHelpText('after', EXAMPLES)
    .showSuggestionAfterError()
    .showHelpAfterError('Run "sekisho --help" for what is possible.')
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text.replace(/^error: /u, 'sekisho: ')),
    })
    .exitOverride();
}

/** Wires every command; none of their modules is loaded before it is asked for. */
export function buildProgram(context: Omit<CliContext, 'configFile'>): Program {
  let exitCode: ExitCode = EXIT.ok;
  const program = createCommand(context);
  const action: ToAction =
    (run) =>
    async (...args) => {
      const { config } = program.opts<{ config?: string }>();
      if (config === '')
        throw new UsageError('--config: given is ""; allowed is the path of a file');
      exitCode = await run({ ...context, configFile: config }, ...(args as never[]));
    };
  addDaemonCommand(program, action);
  addQueryCommand(program, action);
  addCacheCommands(program, action);
  addPublishCommands(program, action);
  addReportCommands(program, action);
  addIntakeCommands(program, action);
  addReportsCommand(program, action);
  addDnsCommand(program, action);
  addConfigCommands(program, action);
  return {
    async run(argv) {
      await program.parseAsync([...argv], { from: 'user' });
      return exitCode;
    },
  };
}
