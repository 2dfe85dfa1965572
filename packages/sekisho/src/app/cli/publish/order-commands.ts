import type { Command } from 'commander';
import type { ToAction } from '../cli-context.ts';
import type { OrderOptions, RollbackOptions, SetOptions } from './run-order.ts';

const loadRun = () => import('./run-order.ts');

function addOrder(publish: Command, name: string, description: string): Command {
  return publish
    .command(name)
    .description(description)
    .argument('<domain>')
    .option('--override <code...>', 'lift these objections; needs --reason')
    .option('--reason <text>', 'why, for the history')
    .option('--no-wait', 'do not wait until the change is done')
    .option('--json', 'print JSON');
}

/** The commands that change what is published. */
export function addPublishOrders(publish: Command, action: ToAction): void {
  addOrder(publish, 'set', 'publish a policy: served, verified from outside, then announced')
    .option('--mode <mode>', 'testing, enforce or none')
    .option('--max-age <time>', 'how long senders may keep it: seconds, or 12h, 7d, 4w')
    .option('--mx <pattern...>', 'MX hosts, "*.example.com" for one label; default: the live ones')
    .option('--preset <name>', 'MX patterns of a provider; see "sekisho publish presets"')
    .option('--file <path>', 'take mode, max_age and mx from a policy file; "-" is standard input')
    .option('--force', 'take enforce although gates are shut; needs --reason')
    .addHelpText(
      'after',
      `
Examples:
  sekisho publish set example.com --mode testing
  sekisho publish set example.com --mode enforce --max-age 30d
  sekisho publish set example.com --mode testing --preset google

Exit codes: 0 if senders see the policy, or --no-wait and the change has begun; 65 if it is
refused, with what speaks against it; 69 if "sekisho publish serve" is not running; 75 if it is
under way still.`,
    )
    .action(
      action(async (context, domain: string, options: SetOptions) =>
        (await loadRun()).setPolicy(context, domain, options),
      ),
    );
  addOrder(publish, 'rollback', 'publish an earlier policy again, under a new id')
    .option('--to <version>', 'its number in "sekisho publish history"; default: the one before')
    .action(
      action(async (context, domain: string, options: RollbackOptions) =>
        (await loadRun()).rollBack(context, domain, options),
      ),
    );
  addOrder(
    publish,
    'leave',
    'stop using MTA-STS: announce mode none, and say when all may go',
  ).action(
    action(async (context, domain: string, options: OrderOptions) =>
      (await loadRun()).leave(context, domain, options),
    ),
  );
  addOrder(
    publish,
    'remove',
    'stop serving a domain that nobody holds a policy of any more',
  ).action(
    action(async (context, domain: string, options: OrderOptions) =>
      (await loadRun()).remove(context, domain, options),
    ),
  );
  addOrder(publish, 'abandon', 'give up a change whose id is not announced yet').action(
    action(async (context, domain: string, options: OrderOptions) =>
      (await loadRun()).abandon(context, domain, options),
    ),
  );
}
