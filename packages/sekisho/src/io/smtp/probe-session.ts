import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Domain } from '@sekisho/spec';
import type { Clock } from '../clock/index.ts';
import { createConversation, type Conversation, describeReply } from './conversation.ts';
import { ProbeFault } from './probe-fault.ts';
import type { Reply } from './reply-reader.ts';
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
