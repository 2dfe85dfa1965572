/** One thing that the operator has to change. */
export interface ConfigProblem {
  /** Key path such as `dns.timeoutMs`, name of an environment variable, or `line 3, column 7`. */
  readonly where: string;
  /** What was given and what is allowed, as one sentence without the place. */
  readonly message: string;
}

/**
 * The operator's settings cannot be used: every problem at once. The message is meant to be read as it
 * is; the program ends with code 78 (`EX_CONFIG` of
 * sysexits(3)) and shows no stack trace.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'configuration-wrong';
  readonly problems: readonly ConfigProblem[];
  readonly source: string | undefined;

  /** @param source the file that was read, or undefined where only the environment was. */
  constructor(problems: readonly ConfigProblem[], source?: string) {
    const count = problems.length === 1 ? '1 problem' : `${String(problems.length)} problems`;
    const place = source === undefined ? 'the environment' : source;
    const lines = problems.map(({ where, message }) => `  ${where}: ${message}`);
    super([`The configuration has ${count} (${place}):`, ...lines].join('\n'));
    this.problems = problems;
    this.source = source;
  }
}
