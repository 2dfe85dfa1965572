import type { ListenOptions } from 'node:net';
import type { Readable } from 'node:stream';
import { quote } from '@sekisho/spec';
import type { SMTPServer as LibraryServer, SMTPServerSession } from 'smtp-server';
import type { Clock } from '../clock/index.ts';
import type { Log } from '../log/index.ts';
import { createDialogues, type Dialogue } from './dialogues.ts';
import {
  DEFAULT_LMTP_LIMITS,
  type LmtpLimits,
  type LmtpMessage,
  type LmtpReply,
} from './lmtp-message.ts';

export interface LmtpServerOptions extends Partial<LmtpLimits> {
  /** Announced as SIZE (RFC 1870 §4); what is larger is told 552 and not kept. */
  readonly largestBytes: number;
  /** Whether mail for an address is taken at all; others are told 550. Default: all are. */
  readonly isRecipient?: (address: string) => boolean;
  /** Judges a message; the reply is sent when it resolves. A rejection is told as 451 and logged. */
  readonly receive: (message: LmtpMessage) => Promise<LmtpReply>;
  /** Is told of each message that was larger. */
  readonly onTooLarge?: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** An address, or a socket that is open already (systemd). */
export type LmtpListenTarget = ListenOptions | { readonly fd: number };

/** An LMTP server without AUTH and STARTTLS: for a Unix socket or the loopback. */
export interface LmtpServer {
  /** Listens; rejects with the system's error if it cannot. */
  listen(where: LmtpListenTarget): Promise<void>;
  /** Takes no more, answers the messages under way, then closes every connection. */
  close(): Promise<void>;
}

type Callback = (error?: Error | null) => void;
type DataCallback = (error?: Error | null, replies?: Reply[]) => void;
type Reply = string | (Error & { responseCode: number });

/** Replies of LMTP come once for each accepted RCPT, also for one that was named twice (RFC 2033 §4.2). */
export async function createLmtpServer(options: LmtpServerOptions): Promise<LmtpServer> {
  // Loaded only where it is used: a command that reads a file has no use for it.
  const { SMTPServer } = await import('smtp-server');
  const limits = { ...DEFAULT_LMTP_LIMITS, ...options };
  const { clock, log, isRecipient = () => true } = options;
  const dialogues = createDialogues(clock, limits);

  const onData = async (
    stream: Parameters<LibraryServer['onData']>[0],
    session: SMTPServerSession,
    done: DataCallback,
  ): Promise<void> => {
    const dialogue = dialogues.of(session.id);
    const inTime = dialogue.beginMessage();
    const collected = await collectMessage(stream, options.largestBytes);
    inTime();
    if (collected.kind === 'too-large') options.onTooLarge?.();
    const reply = await judge(collected, session);
    dialogue.endMessage(() => done(null, repeat(reply, dialogue)));
  };

  const judge = async (
    collected: Awaited<ReturnType<typeof collectMessage>>,
    { envelope }: SMTPServerSession,
  ): Promise<Reply> => {
    if (collected.kind === 'too-large')
      return failure(552, `message is larger than ${options.largestBytes} bytes`);
    // Nobody hears it.
    if (collected.kind === 'broken-off') return failure(451, 'message was broken off');
    const recipients = envelope.rcptTo.map(({ address }) => address);
    const sender = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
    try {
      const { code, text } = await options.receive({ bytes: collected.bytes, sender, recipients });
      return code === 250 ? text : failure(code, text);
    } catch (error) {
      log.error('message could not be judged', { error });
      return failure(451, 'try again later');
    }
  };

  const library = new SMTPServer({
    lmtp: true,
    name: 'sekisho',
    size: options.largestBytes,
    logger: false,
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    hideENHANCEDSTATUSCODES: false,
    disableReverseLookup: true,
    maxClients: limits.connections,
    maxRecipients: limits.recipients,
    maxCommandLength: 4096,
    socketTimeout: limits.idleMs,
    closeTimeout: limits.stopMs,
    onConnect: (session: SMTPServerSession, done: Callback) => {
      const connection = [...library.connections].find(({ id }) => id === session.id);
      if (connection !== undefined) dialogues.open(connection);
      done();
    },
    onMailFrom: (_address, session: SMTPServerSession, done: Callback) => {
      dialogues.of(session.id).recipients = 0;
      done();
    },
    onRcptTo: ({ address }, session: SMTPServerSession, done: Callback) => {
      if (!isRecipient(address))
        return done(failure(550, `no reports are taken for ${quote(address)}`));
      const dialogue = dialogues.of(session.id);
      if (dialogue.recipients >= limits.recipients)
        return done(failure(452, 'too many recipients'));
      dialogue.recipients += 1;
      done();
    },
    onData: (stream, session: SMTPServerSession, done: DataCallback) =>
      void onData(stream, session, done),
    onClose: ({ id }: SMTPServerSession) => dialogues.forget(id),
  });
  // A client that went away is its own affair; the server goes on.
  library.on('error', (error) => log.debug('connection failed', { error }));

  return {
    listen: (where) =>
      new Promise((resolve, reject) => {
        library.server.once('error', reject);
        library.server.listen(where, () => {
          library.server.off('error', reject);
          resolve();
        });
      }),
    close: () =>
      new Promise((resolve) => {
        const cancel = clock.after(limits.stopMs, () => dialogues.cutAll());
        library.close(() => {
          cancel();
          resolve();
        });
        dialogues.finish();
      }),
  };
}

function failure(responseCode: number, text: string): Error & { responseCode: number } {
  return Object.assign(new Error(text), { responseCode });
}

function repeat(reply: Reply, { recipients }: Dialogue): Reply[] {
  return Array.from({ length: recipients }, () => reply);
}

/** How the data of a message ended. */
type Collected =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  /** Read to its end, so that the client hears of it, and not kept. */
  | { readonly kind: 'too-large' }
  /** The client went away in the middle. */
  | { readonly kind: 'broken-off' };

/** Reads a message to its end and keeps at most `largestBytes` of it. */
function collectMessage(data: Readable, largestBytes: number): Promise<Collected> {
  return new Promise((resolve) => {
    let chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    data.on('data', (chunk: Uint8Array) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= largestBytes) chunks.push(chunk);
      else chunks = [];
    });
    data.on('end', () =>
      resolve(
        sizeBytes > largestBytes
          ? { kind: 'too-large' }
          : { kind: 'whole', bytes: Buffer.concat(chunks) },
      ),
    );
    data.on('error', () => resolve({ kind: 'broken-off' }));
    data.on('close', () => resolve({ kind: 'broken-off' }));
  });
}
