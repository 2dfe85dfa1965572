import type { Socket } from 'node:net';
import type { Clock } from '../clock/index.ts';
import { escapeText } from '../log/index.ts';
import { ProbeFault } from './probe-fault.ts';
import { createReplyReader, type Reply } from './reply-reader.ts';
import { within } from './within.ts';

/** The talk with an SMTP server over one socket. */
export interface Conversation {
  /** @throws ProbeFault when the reply is none, or does not come in time. */
  read(): Promise<Reply>;
  /** Sends a command and reads the reply. */
  say(line: string): Promise<Reply>;
  /**
   * Stops reading, so that TLS can have the socket.
   *
   * @throws ProbeFault when something was received that nobody asked for: it came in clear and may be anybody's.
   */
  leave(): void;
}

const LONGEST_DETAIL = 200;

/** Begins to read what comes in. */
export function createConversation(
  socket: Socket,
  { clock, replyTimeoutMs }: { readonly clock: Clock; readonly replyTimeoutMs: number },
): Conversation {
  const reader = createReplyReader();
  let ended: ProbeFault | undefined;
  let wake = (): void => undefined;

  const end = (how: string): void => {
    ended ??= new ProbeFault('protocol', `the connection ended ${how} where a reply was due`);
    wake();
  };
  const receive = (chunk: Buffer): void => {
    reader.push(chunk);
    wake();
  };
  socket.on('data', receive);
  socket.on('error', (error: NodeJS.ErrnoException) => end(`with ${error.code ?? error.message}`));
  socket.once('close', () => end('without a word'));

  const next = (): Promise<Reply> =>
    new Promise((resolve, reject) => {
      wake = () => {
        const reply = reader.take();
        if (reply !== undefined) resolve(reply);
        else if (reader.fault !== undefined) reject(new ProbeFault('protocol', reader.fault));
        else if (ended !== undefined) reject(ended);
      };
      wake();
    });
  const read = (): Promise<Reply> =>
    within(clock, replyTimeoutMs, `no reply in ${replyTimeoutMs} ms`, next());

  return {
    read,
    say(line) {
      socket.write(`${line}\r\n`);
      return read();
    },
    leave() {
      if (reader.hasMore) {
        throw new ProbeFault('protocol', 'more came in clear behind the reply to STARTTLS');
      }
      socket.off('data', receive);
    },
  };
}

/** A reply for people: one line, escaped, at most 200 characters. */
export function describeReply({ code, lines }: Reply): string {
  const text = escapeText(`${code} ${lines.join(' / ')}`);
  return text.length > LONGEST_DETAIL ? `${text.slice(0, LONGEST_DETAIL)}...` : text;
}
