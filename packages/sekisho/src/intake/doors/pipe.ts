import { quote } from '@sekisho/spec';
import type { Acceptance, Acceptor } from '../accept/acceptor.ts';
import { readBounded } from './read-bounded.ts';

/** How a program that an MTA pipes a message into ends (sysexits.h). */
export interface PipeEnd {
  /** 0: done with; 65 (EX_DATAERR): unusable, which the MTA bounces; 75 (EX_TEMPFAIL): the MTA brings it again. */
  readonly exitCode: 0 | 65 | 75;
  /** One line, without its end. */
  readonly message: string;
}

export interface PipeOptions {
  /**
   * Ends with 65 where there is no usable report. Default false: behind an MTA that would send a bounce to the reporter,
   * or to whoever was forged as one.
   */
  readonly isStrict?: boolean;
}

/** Takes one message from standard input. What stops the input is tried again, it never loses a message. */
export async function acceptFromPipe(
  acceptor: Acceptor,
  input: AsyncIterable<Uint8Array>,
  { isStrict = false }: PipeOptions = {},
): Promise<PipeEnd> {
  const unusable = isStrict ? 65 : 0;
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readBounded(input, acceptor.largestBytes);
  } catch (error) {
    const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
    return { exitCode: 75, message: `Cannot read the message: ${quote(code)}` };
  }
  if (bytes === undefined) {
    const most = acceptor.largestBytes;
    return { exitCode: unusable, message: `Dropped: message is larger than ${most} bytes` };
  }
  return toEnd(await acceptor.acceptMessage({ channel: 'pipe', bytes }), unusable);
}

function toEnd(acceptance: Acceptance, unusable: 0 | 65): PipeEnd {
  switch (acceptance.kind) {
    case 'stored': {
      const { reportId, repairs } = acceptance;
      const repaired = repairs === 0 ? '' : `, ${repairs} repairs`;
      return { exitCode: 0, message: `Stored: report ${reportId}${repaired}` };
    }
    case 'duplicate':
      return { exitCode: 0, message: `Kept already: report ${acceptance.reportId}` };
    case 'not-a-report':
      return { exitCode: unusable, message: 'Dropped: there is no report in the message' };
    case 'refused':
      return {
        exitCode: unusable,
        message: `Kept to be looked at, cannot be used: ${acceptance.problems.join('; ')}`,
      };
    case 'later':
      return { exitCode: 75, message: `Try again later: ${acceptance.problem}` };
  }
}
