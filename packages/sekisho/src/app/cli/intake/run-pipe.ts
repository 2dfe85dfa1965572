import { acceptFromPipe } from '../../../intake/index.ts';
import { escapeSentence } from '../../../io/log/index.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { UsageError } from '../usage-error.ts';
import { withAcceptor } from './with-acceptor.ts';

/** Options of `sekisho intake` itself. */
export interface PipeOptions {
  readonly strict?: true;
}

/** Where the message comes from; `process.stdin` is such. */
export type PipeInput = AsyncIterable<Uint8Array> & { readonly isTTY?: boolean };

/**
 * `sekisho intake < message`: for a pipe of the mail server. Whatever is wrong here, a broken configuration too, ends with
 * 75: mail servers bring the message again then, and give it back to its sender at any other code but 0.
 */
export async function takeFromPipe(
  context: CliContext,
  { strict }: PipeOptions,
  input: PipeInput = process.stdin,
): Promise<ExitCode> {
  if (input.isTTY === true)
    throw new UsageError(
      'A message is wanted on standard input; "sekisho intake --help" shows what else there is.',
    );
  const { stdout, stderr } = context;
  try {
    const end = await withAcceptor(context, (acceptor) =>
      acceptFromPipe(acceptor, input, { isStrict: strict === true }),
    );
    const output = end.exitCode === EXIT.ok ? stdout : stderr;
    output.write(`${escapeSentence(end.message)}\n`);
    return end.exitCode;
  } catch (error) {
    stderr.write(`sekisho: ${escapeSentence((error as Error).message)}\n`);
    return EXIT.temporary;
  }
}
