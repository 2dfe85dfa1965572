import type { Command } from 'commander';
import type { ToAction } from '../cli-context.ts';
import type { QueryOptions } from './run-query.ts';

/** `sekisho query DOMAIN`. */
export function addQueryCommand(program: Command, action: ToAction): void {
  program
    .command('query')
    .description('show what a sender would do with mail to a domain, and why')
    .argument('<domain>', 'domain, or a next hop as Postfix writes it: "[host]:port"')
    .option('--json', 'print the findings as JSON')
    .option('--cached', 'show only what is kept; ask nobody')
    .option('--no-mx', 'leave out the MX hosts')
    .option('--postfix <version>', 'answer for this Postfix instead of the configured one')
    .option('--map <name>', 'answer for this map name', 'sts')
    .addHelpText(
      'after',
      `
Examples:
  sekisho query example.com
  sekisho query "[relay.example.com]:587" --postfix 3.10
  sekisho query example.com --json | jq .steps

Exit codes: 0 if a policy applies or the domain announces none, 1 if what it announces is not
valid, 75 if the DNS or the policy host does not tell, 64 if the name cannot be a domain.`,
    )
    .action(
      action(async (context, domain: string, options: QueryOptions) =>
        (await import('./run-query.ts')).runQuery(context, domain, options),
      ),
    );
}
