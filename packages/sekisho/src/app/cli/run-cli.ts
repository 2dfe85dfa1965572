import { IoError } from '../../io/error.ts';
import { ConfigError } from '../config/config-error.ts';
import type { Output } from './cli-context.ts';
import { buildProgram, isCommanderError } from './program.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { UsageError } from './usage-error.ts';

/** A reader such as `head` that has seen enough is no failure; a full disk is. */
function endOnWriteFailure(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    stderr.write(`sekisho: Cannot write the output: ${error.message}\n`);
    process.exit(EXIT.io);
  });
  // There is nowhere left to tell it, and mail must not wait for a log.
  stderr.on('error', () => undefined);
}

/** Says what went wrong; a stack trace is shown only for what is a defect of ours. */
export function reportFailure(error: unknown, stderr: Output): ExitCode {
  if (isCommanderError(error)) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageError) {
    stderr.write(`sekisho: ${error.message}\n`);
    return EXIT.usage;
  }
  if (error instanceof ConfigError) {
    stderr.write(`sekisho: ${error.message}\n`);
    return EXIT.config;
  }
  if (error instanceof IoError) {
    stderr.write(`sekisho: ${error.message} (${error.code})\n`);
    return error.temporary ? EXIT.temporary : EXIT.io;
  }
  const { stack, message, syscall } = error as NodeJS.ErrnoException;
  stderr.write(`sekisho: ${syscall === undefined ? (stack ?? String(error)) : message}\n`);
  return syscall === undefined ? EXIT.software : EXIT.io;
}

/** Runs one command line; resolves to the exit code. */
export async function runCli(argv: readonly string[]): Promise<ExitCode> {
  const { stdout, stderr, env } = process;
  endOnWriteFailure(stdout, stderr);
  try {
    return await buildProgram({ stdout, stderr, environment: env }).run(argv);
  } catch (error) {
    return reportFailure(error, stderr);
  }
}
