import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Servers under measurement share one core, all else has the other. */
export type Core = 'server' | 'load';

const NUMBER: Readonly<Record<Core, string>> = { server: '0', load: '1' };

const hasTaskset =
  availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;

/** Whether processes are held to a core each. */
export const isPinned = hasTaskset;

/** The command with what holds it to its core in front, where `taskset` exists. */
export function onCore(
  core: Core,
  command: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  return hasTaskset ? ['taskset', '-c', NUMBER[core], ...command] : command;
}
