import { isIP } from 'node:net';
import { quote } from '@sekisho/spec';
import type { ImapFlow, ImapFlowOptions } from 'imapflow';
import type { Clock } from '../clock/index.ts';
import { IoError } from '../error.ts';
import { createImapMailbox } from './create-imap-mailbox.ts';
import { type OpenImapMailbox, toImapError, withinTime } from './imap-mailbox.ts';

export type ImapCredentials =
  | { readonly user: string; readonly password: string }
  /** OAuth2 (XOAUTH2 or OAUTHBEARER). */
  | { readonly user: string; readonly accessToken: string };

export interface ImapServerOptions {
  readonly host: string;
  /** Default 993 with TLS from the first byte, else 143. */
  readonly port?: number;
  /** `implicit` (default), `starttls` (required), or `none`, for the loopback only. */
  readonly security?: 'implicit' | 'starttls' | 'none';
  /** PEM, instead of the system's list. */
  readonly ca?: string;
  /** Asked for at each connection. */
  readonly credentials: () => Promise<ImapCredentials>;
  /** Default `INBOX`. */
  readonly mailbox?: string;
  /** Whether messages may be marked or moved. Default false: the mailbox is opened with EXAMINE. */
  readonly isWritable?: boolean;
  /** Size of the largest message that will be asked for. */
  readonly largestBytes: number;
  readonly clock: Clock;
  /** For connecting and logging in. Default 30,000. */
  readonly connectMs?: number;
  /** For one command; a message of the largest size has to come in it. Default 120,000. */
  readonly commandMs?: number;
}

/** What a response holds beside a message. */
const FRAMING_BYTES = 1_048_576;
/** One line lists all UIDs: room for two million. */
const LONGEST_LINE_BYTES = 16 * 1_048_576;

/** @throws TypeError when a server that is not on this machine is to be spoken to without TLS. */
export function createImapOpener(options: ImapServerOptions): OpenImapMailbox {
  const { host, security = 'implicit', clock, connectMs = 30_000, mailbox = 'INBOX' } = options;
  if (security === 'none' && !isLoopback(host))
    throw new TypeError(`Cannot read mail at ${quote(host)} without TLS: must be the loopback`);
  const where = quote(host);
  return async (signal) => {
    const auth = toAuth(await options.credentials());
    // Loaded only where it is used: it is large.
    const { ImapFlow } = await import('imapflow');
    const client = new ImapFlow({ ...toLibraryOptions(options), auth });
    // Heard of by whoever waits for a command; without a listener it would end the process.
    client.on('error', () => undefined);
    const hangUp = (): void => client.close();
    signal.addEventListener('abort', hangUp, { once: true });
    try {
      await withinTime(clock, connectMs, hangUp, connect(client, where));
      await withinTime(clock, connectMs, hangUp, openMailbox(client, mailbox, options, where));
      return createImapMailbox(client, { where, clock, commandMs: options.commandMs ?? 120_000 });
    } catch (error) {
      hangUp();
      throw error;
    } finally {
      signal.removeEventListener('abort', hangUp);
    }
  };
}

async function connect(client: ImapFlow, where: string): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    throw toImapError('connect', where, error);
  }
}

async function openMailbox(
  client: ImapFlow,
  mailbox: string,
  { isWritable = false }: ImapServerOptions,
  where: string,
): Promise<void> {
  try {
    await client.mailboxOpen(mailbox, { readOnly: !isWritable });
  } catch (error) {
    const fault = toImapError('open the mailbox', where, error);
    if (fault.code !== 'imap-failed') throw fault;
    throw new IoError('imap-no-mailbox', `${fault.message}: mailbox is ${quote(mailbox)}`, {
      temporary: false,
    });
  }
}

function toAuth(credentials: ImapCredentials): NonNullable<ImapFlowOptions['auth']> {
  return 'password' in credentials
    ? { user: credentials.user, pass: credentials.password }
    : { user: credentials.user, accessToken: credentials.accessToken };
}

function toLibraryOptions(options: ImapServerOptions): ImapFlowOptions {
  const { host, security = 'implicit', ca, connectMs = 30_000, largestBytes } = options;
  const isImplicit = security === 'implicit';
  return {
    host,
    port: options.port ?? (isImplicit ? 993 : 143),
    secure: isImplicit,
    ...(!isImplicit && { doSTARTTLS: security === 'starttls' }),
    tls: { minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
    // It would log commands.
    logger: false,
    disableAutoIdle: true,
    disableCompression: true,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: options.commandMs ?? 120_000,
    maxLiteralSize: largestBytes + FRAMING_BYTES,
    maxLineLength: LONGEST_LINE_BYTES,
    maxResponseSize: Math.max(LONGEST_LINE_BYTES, largestBytes) + 2 * FRAMING_BYTES,
    maxResponseTokens: 100_000,
  };
}

function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === '::1' || host === 'localhost';
}
