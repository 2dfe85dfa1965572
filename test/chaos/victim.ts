import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** When a victim dies. */
export interface Death {
  /** `begin`: it was told to begin; `first-line`: it has written a line. */
  readonly countedFrom: 'begin' | 'first-line';
  readonly afterMs: number;
}

/** A process that will be killed with SIGKILL. */
export interface Victim {
  /**
   * Writes `line` to its standard input, kills it when the time has come, and gives the lines it wrote: whole ones
   * only, since what it had not finished writing nobody was told.
   */
  run(line: string, death: Death): Promise<readonly string[]>;
  /** Kills it unused. */
  discard(): void;
}

/** Starts Node with these arguments; it may load its program, and then waits for a line. */
export function startVictim(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Victim {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const written = collect(child);
  return {
    async run(line, { countedFrom, afterMs }) {
      const firstLine = once(child.stdout, 'data');
      child.stdin.write(`${line}\n`);
      if (countedFrom === 'first-line') {
        await Promise.race([firstLine, written]);
      }
      await delay(afterMs);
      child.kill('SIGKILL');
      const output = await written;
      if (child.signalCode !== 'SIGKILL') {
        throw new Error(`${args.join(' ')} ended by itself with ${child.exitCode}: ${output}`);
      }
      return output.split('\n').slice(0, -1);
    },
    discard: () => {
      child.kill('SIGKILL');
    },
  };
}

async function collect(child: ChildProcess): Promise<string> {
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(child, 'close');
  return Buffer.concat(chunks).toString('latin1');
}
