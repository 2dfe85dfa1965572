import type { Command } from 'commander';
import type { ToAction } from '../cli-context.ts';
import type { CacheChangeOptions } from './run-change.ts';
import type { CacheOptions } from './run-read.ts';

const loadRead = () => import('./run-read.ts');
const loadChange = () => import('./run-change.ts');

/** `sekisho cache …`. */
export function addCacheCommands(program: Command, action: ToAction): void {
  const cache = program.command('cache').description('show and change the policies that are kept');
  cache
    .command('list')
    .description('show every domain with a policy, in order of name')
    .option('--json', 'print JSON, one domain a line')
    .action(
      action(async (context, options: CacheOptions) =>
        (await loadRead()).listCache(context, options),
      ),
    );
  cache
    .command('show')
    .description('show what is kept of one domain')
    .argument('<domain>')
    .option('--json', 'print JSON')
    .action(
      action(async (context, domain: string, options: CacheOptions) =>
        (await loadRead()).showDomain(context, domain, options),
      ),
    );
  cache
    .command('history')
    .description('show every policy that a domain ever had, newest first')
    .argument('<domain>')
    .option('--json', 'print JSON')
    .action(
      action(async (context, domain: string, options: CacheOptions) =>
        (await loadRead()).showHistory(context, domain, options),
      ),
    );
  cache
    .command('purge')
    .description('forget the policy of a domain; its history stays')
    .argument('[domain]')
    .option('--all', 'forget every policy')
    .option('--json', 'print JSON')
    .action(
      action(async (context, domain: string | undefined, options: CacheChangeOptions) =>
        (await loadChange()).purge(context, domain, options),
      ),
    );
  cache
    .command('refresh')
    .description('let the daemon fetch the policy of a domain now')
    .argument('[domain]')
    .option('--all', 'fetch every policy that is kept')
    .option('--json', 'print JSON')
    .action(
      action(async (context, domain: string | undefined, options: CacheChangeOptions) =>
        (await loadChange()).refresh(context, domain, options),
      ),
    );
}
