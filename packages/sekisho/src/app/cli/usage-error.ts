/** The command line cannot be carried out as it is; shown without stack trace, exit code 64. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
