import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Domain } from '@sekisho/spec';
import type { Clock } from '../clock/index.ts';
import { escapeText } from '../log/index.ts';
import { ProbeFault, within } from './probe-fault.ts';
import { createReplyReader, type Reply } from './reply-reader.ts';
import { type Secured, startTls } from './start-tls.ts';

/** How a session is held. */
export interface SessionOptions {
  readonly clock: Clock;
  readonly trust: SecureContext;
  readonly heloName: string;
  readonly replyTimeoutMs: number;
}

/** How long the goodbye is waited for. */
const GOODBYE_MS = 2_000;
/** "Command unknown", "not implemented", "parameter not implemented": a server without extensions. */
const KNOWS_NO_EHLO = new Set([500, 502, 504]);

/** Where commands can be said at this moment: nowhere while TLS is under way. */
export interface Line {
  open?: Socket | undefined;
}

/**
 * Greets an MX host as a sender does, as far as the TLS session (RFC 3207 §4). Call `takeLeave` however it ends.
 *
 * @throws ProbeFault for what ends the session before there is TLS.
 */
export async function probeSession(
  socket: Socket,
  mxHost: Domain,
  line: Line,
  options: SessionOptions,
): Promise<Omit<Secured, 'tls'>> {
  const { clock, trust, replyTimeoutMs } = options;
  line.open = socket;
  const clear = createConversation(socket, options);
  await requestTls(clear, options);
  line.open = undefined;
  clear.leave();
  const expected = { mxHost, trust, clock, timeoutMs: replyTimeoutMs };
  const { tls, ...found } = await startTls(socket, expected);
  line.open = tls;
  return found;
}

/** Says QUIT. Whatever comes of it: what was to be seen has been seen. */
export async function takeLeave({ open }: Line, options: SessionOptions): Promise<void> {
  if (open === undefined || open.destroyed) return;
  const replyTimeoutMs = Math.min(GOODBYE_MS, options.replyTimeoutMs);
  const goodbye = createConversation(open, { clock: options.clock, replyTimeoutMs });
  await Promise.allSettled([goodbye.say('QUIT')]);
}

async function requestTls(conversation: Conversation, { heloName }: SessionOptions): Promise<void> {
  const greeting = await conversation.read();
  expectCode(greeting, 220, 'protocol', 'greeting');
  const ehlo = await conversation.say(`EHLO ${heloName}`);
  // Without EHLO there is no STARTTLS; HELO would only tell whether plaintext works.
  const refusal = KNOWS_NO_EHLO.has(ehlo.code) ? 'starttls-not-offered' : 'protocol';
  expectCode(ehlo, 250, refusal, 'reply to EHLO');
  if (!offersStarttls(ehlo)) {
    throw new ProbeFault('starttls-not-offered', 'the reply to EHLO names no STARTTLS');
  }
  expectCode(await conversation.say('STARTTLS'), 220, 'starttls-refused', 'reply to STARTTLS');
}

function expectCode(
  reply: Reply,
  wanted: number,
  code: 'protocol' | 'starttls-not-offered' | 'starttls-refused',
  what: string,
): void {
  if (reply.code === wanted) return;
  throw new ProbeFault(code, `${what} is "${describeReply(reply)}", must be ${wanted}`);
}

/** The first line holds the server's name, each other one an extension (RFC 5321 §4.1.1.1). */
function offersStarttls({ lines }: Reply): boolean {
  return lines.slice(1).some((line) => /^STARTTLS *$/i.test(line));
}

/** The talk with an SMTP server over one socket. */
interface Conversation {
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
function createConversation(
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
function describeReply({ code, lines }: Reply): string {
  const text = escapeText(`${code} ${lines.join(' / ')}`);
  return text.length > LONGEST_DETAIL ? `${text.slice(0, LONGEST_DETAIL)}...` : text;
}
