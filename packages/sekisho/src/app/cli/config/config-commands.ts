import type { Command } from 'commander';
import type { ToAction } from '../cli-context.ts';

const loadRun = () => import('./run-config.ts');

/** `sekisho config …`. */
export function addConfigCommands(program: Command, action: ToAction): void {
  const config = program.command('config').description('check, show and explain the configuration');
  config
    .command('check')
    .description('say whether the configuration is right, and what to think about')
    .action(action(async (context) => (await loadRun()).checkConfig(context)));
  config
    .command('print')
    .description('show every setting in effect, and where it comes from')
    .action(action(async (context) => (await loadRun()).printConfig(context)));
  config
    .command('resolve', { hidden: true })
    .description('print the settings in effect for the daemon that asks')
    .action(action(async (context) => (await loadRun()).resolveConfig(context)));
  config
    .command('example')
    .description('show a commented configuration to start from')
    .action(action(async (context) => (await loadRun()).printExample(context)));
  config
    .command('schema')
    .description('show the JSON Schema of the configuration')
    .action(action(async (context) => (await loadRun()).printSchema(context)));
}
