import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Environment } from './environment.ts';
import { type ValueTree, getAt, setAt } from './value-tree.ts';

function findStateDirectory(environment: Environment): string {
  const [systemd = ''] = (environment['STATE_DIRECTORY'] ?? '').split(':');
  if (isAbsolute(systemd)) return systemd;
  const xdg = environment['XDG_STATE_HOME'] ?? '';
  const home = environment['HOME'] ?? homedir();
  return join(isAbsolute(xdg) ? xdg : join(home, '.local/state'), 'sekisho');
}

/** Both spellings are in use; the lower-case one wins, as in curl. */
function findVariable(environment: Environment, name: string): MachineDefault['value'] {
  const value = environment[name.toLowerCase()] ?? environment[name];
  return value === '' ? undefined : value;
}

function splitList(value: unknown): readonly string[] | undefined {
  return typeof value === 'string'
    ? value.split(/[\s,]+/u).filter((item) => item !== '')
    : undefined;
}

/** A setting that nobody gave, found on the machine. */
export interface MachineDefault {
  readonly path: readonly string[];
  readonly value: unknown;
  /** Where it comes from, such as `HTTPS_PROXY`. */
  readonly from: string;
}

/** Defaults that depend on the machine, for settings that `given` leaves open. */
export function findMachineDefaults(
  given: ValueTree,
  environment: Environment,
): readonly MachineDefault[] {
  const found: MachineDefault[] = [
    { path: ['stateDirectory'], value: findStateDirectory(environment), from: 'default' },
    {
      path: ['https', 'proxy'],
      value: findVariable(environment, 'HTTPS_PROXY'),
      from: 'HTTPS_PROXY',
    },
    {
      path: ['https', 'noProxy'],
      value: splitList(findVariable(environment, 'NO_PROXY')),
      from: 'NO_PROXY',
    },
  ];
  return found.filter(({ path, value }) => value !== undefined && getAt(given, path) === undefined);
}

/** The tree with defaults filled in. */
export function applyMachineDefaults(
  given: ValueTree,
  defaults: readonly MachineDefault[],
): ValueTree {
  return defaults.reduce((tree, { path, value }) => setAt(tree, path, value), given);
}
