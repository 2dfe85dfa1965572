import type { Command } from 'commander';
import type { ToAction } from '../cli-context.ts';
import type { DnsOptions } from './run-dns.ts';

/** `sekisho dns DOMAIN`. */
export function addDnsCommand(program: Command, action: ToAction): void {
  program
    .command('dns')
    .description('show the DNS records that a published domain needs, and which are right already')
    .argument('<domain>')
    .option('--format <format>', 'zone: lines for a zone file; form: what to type; json')
    .option('--zone <zone>', 'the zone that the form is of; default: the domain')
    .addHelpText(
      'after',
      `
Examples:
  sekisho dns example.com
  sekisho dns example.com --format zone >> zone.txt

Exit codes: 0 if every record is right, 1 if one is missing or different, 75 if the DNS does
not tell. The id appears once "sekisho publish set" has begun: it never comes before its policy.`,
    )
    .action(
      action(async (context, domain: string, options: DnsOptions) =>
        (await import('./run-dns.ts')).showRecords(context, domain, options),
      ),
    );
}
