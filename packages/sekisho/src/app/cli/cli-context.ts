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
