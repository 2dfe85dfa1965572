import type { ExitCode } from './exit-code.ts';

/** Where a command writes; `process.stdout` and `process.stderr` are such. */
export interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** What a command may know of the process it runs in. */
export interface CliContext {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Given by `--config`. */
  readonly configFile: string | undefined;
}

/**
 * Makes an action for commander of a function that gets the context, then arguments and options of the
 * command, and says how the program ends.
 */
export type ToAction = (
  run: (context: CliContext, ...args: never[]) => Promise<ExitCode>,
) => (...args: unknown[]) => Promise<void>;
