import { type SpawnSyncReturns, spawnSync } from 'node:child_process';

/** What a finished command said. */
export interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end and returns what it said, whatever its exit status. */
export function tryRun(command: readonly string[], input = ''): Finished {
  const [file = '', ...args] = command;
  const done: SpawnSyncReturns<string> = spawnSync(file, args, {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (done.error) throw done.error;
  return { status: done.status ?? 128, stdout: done.stdout, stderr: done.stderr };
}

/** Runs a command to its end and returns its output. @throws Error when its exit status is not 0. */
export function run(command: readonly string[], input = ''): string {
  const done = tryRun(command, input);
  if (done.status !== 0) {
    const said = (done.stderr || done.stdout).trim();
    throw new Error(`Cannot run "${command.join(' ')}": exit status is ${done.status}\n${said}`);
  }
  return done.stdout;
}
