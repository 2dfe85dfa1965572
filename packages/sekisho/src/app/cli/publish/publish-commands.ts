import type { Command } from 'commander';
import type { ToAction } from '../cli-context.ts';
import { addPublishOrders } from './order-commands.ts';
import type { CertificatesOptions } from './run-certificates.ts';
import type { ExportOptions } from './run-export.ts';
import type { PlanOptions } from './run-plan.ts';
import type { PresetsOptions } from './run-presets.ts';
import type { ProbeOptions } from './run-probe.ts';
import type { ReadOptions } from './run-read.ts';

const loadRead = () => import('./run-read.ts');
const JSON_OPTION = ['--json', 'print JSON'] as const;

/** `sekisho publish …`. */
export function addPublishCommands(program: Command, action: ToAction): void {
  const publish = program
    .command('publish')
    .description('publish policies for domains of your own, and lead them to enforce');
  publish
    .command('serve')
    .description('run the policy host and carry out changes, until SIGTERM or SIGINT')
    .action(action(async (context) => (await import('../serve.ts')).serve(context, 'publish')));
  addPublishOrders(publish, action);
  addReading(publish, action);
  addLooking(publish, action);
}

function addReading(publish: Command, action: ToAction): void {
  publish
    .command('status')
    .description('show every domain, or all about one: policy, change, gates, certificate')
    .argument('[domain]')
    .option(...JSON_OPTION)
    .action(
      action(async (context, domain: string | undefined, options: ReadOptions) =>
        (await loadRead()).showStatus(context, domain, options),
      ),
    );
  publish
    .command('history')
    .description('show every policy that a domain had, and what was done')
    .argument('<domain>')
    .option(...JSON_OPTION)
    .action(
      action(async (context, domain: string, options: ReadOptions) =>
        (await loadRead()).showHistory(context, domain, options),
      ),
    );
  publish
    .command('presets')
    .description('show the providers whose MX patterns are known')
    .option(...JSON_OPTION)
    .action(
      action(async (context, options: PresetsOptions) =>
        (await import('./run-presets.ts')).showPresets(context, options),
      ),
    );
  publish
    .command('export')
    .description('write policies as static files, with snippets for web servers')
    .argument('<directory>')
    .argument('[domain...]', 'default: every domain that is served')
    .option(...JSON_OPTION)
    .action(
      action(
        async (context, directory: string, domains: readonly string[], options: ExportOptions) =>
          (await import('./run-export.ts')).exportPolicies(context, directory, domains, options),
      ),
    );
}

function addLooking(publish: Command, action: ToAction): void {
  publish
    .command('plan')
    .description('say in which order MX hosts can be moved without losing mail')
    .argument('<domain>')
    .requiredOption('--mx <host...>', 'the MX hosts that are to be')
    .option(...JSON_OPTION)
    .action(
      action(async (context, domain: string, options: PlanOptions) =>
        (await import('./run-plan.ts')).showPlan(context, domain, options),
      ),
    );
  publish
    .command('probe')
    .description('look at every MX host of a domain now, as a sender would')
    .argument('<domain>')
    .option(...JSON_OPTION)
    .action(
      action(async (context, domain: string, options: ProbeOptions) =>
        (await import('./run-probe.ts')).probeDomain(context, domain, options),
      ),
    );
  publish
    .command('certificates')
    .description('show the certificates of the policy hosts')
    .option('--renew <domain>', 'renew the certificate of one domain now')
    .option(...JSON_OPTION)
    .action(
      action(async (context, options: CertificatesOptions) =>
        (await import('./run-certificates.ts')).showCertificates(context, options),
      ),
    );
}
