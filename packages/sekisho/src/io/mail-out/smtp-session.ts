import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Clock } from '../clock/index.ts';
import { type createTrust, toPrintable } from '../https/index.ts';
import type { MailHandOver, OutgoingMail } from './mail-out.ts';

/** More than any reply needs; the library's own limit is a megabyte. */
const LONGEST_REPLY_BYTES = 65_536;
/** The library's own timers, which no clock drives, must never be the first to ring. */
const NEVER_MS = 86_400_000;
/** How long a connection stays for the reply to QUIT. */
const PARTING_MS = 2_000;

type Settle = (error: Error | null | undefined) => void;

/** One conversation with the mail server. Each step rejects with what the library says of a failure. */
interface SmtpSession {
  /** Whether the server agreed to STARTTLS, and the handshake is not over, or failed. */
  readonly isUpgrading: boolean;
  /** The greeting, EHLO, and TLS where it is wanted. */
  open(): Promise<void>;
  /** @returns the reply to the whole message, escaped. */
  send(mail: OutgoingMail, message: Readable): Promise<string>;
  logIn(): Promise<void>;
  /** Says QUIT where all went well, and ends the connection. */
  part(isInPeace: boolean): void;
}

/** @param onError called for an error of the connection, whenever it comes. */
export function createSmtpSession(
  socket: Socket,
  options: SmtpMailOutOptions,
  secureContext: ReturnType<typeof createTrust>,
  onError: (error: Error) => void,
): SmtpSession {
  const connection = new SMTPConnection({
    ...toTlsOptions(options, secureContext),
    connection: socket,
    host: options.host,
    port: options.port,
    name: options.ehloName,
    logger: false,
    maxResponseSize: LONGEST_REPLY_BYTES,
    connectionTimeout: NEVER_MS,
    greetingTimeout: NEVER_MS,
    socketTimeout: NEVER_MS,
    socketCloseTimeout: 0,
  });
  connection.on('error', onError);
  return {
    get isUpgrading() {
      return connection.upgrading === true;
    },
    open: () => settled((settle) => connection.connect(settle)),
    logIn: () => logIn(connection, options),
    send: (mail, message) => send(connection, mail, message),
    part(isInPeace) {
      const close = (): void => {
        connection.close();
        // The library knows the socket only once the conversation has begun.
        socket.destroy();
      };
      if (!isInPeace) return close();
      connection.quit();
      const cancel = options.clock.after(PARTING_MS, close);
      socket.once('close', cancel);
    },
  };
}

function settled(start: (settle: Settle) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });
}

function toTlsOptions(
  { tls }: SmtpMailOutOptions,
  secureContext: ReturnType<typeof createTrust>,
): ConstructorParameters<typeof SMTPConnection>[0] {
  return {
    secure: tls === 'implicit',
    ignoreTLS: tls === 'off',
    requireTLS: tls === 'required',
    opportunisticTLS: tls === 'opportunistic',
    tls: { secureContext, minVersion: 'TLSv1.2', rejectUnauthorized: tls !== 'opportunistic' },
  };
}

async function logIn(connection: SMTPConnection, { login }: SmtpMailOutOptions): Promise<void> {
  if (login === undefined) return;
  if (!connection.allowsAuth)
    throw Object.assign(new Error('no way to sign in is offered'), { code: 'EAUTH' });
  const { user, password: pass } = login;
  await settled((settle) => connection.login({ user, pass }, settle));
}

function send(
  connection: SMTPConnection,
  { from, to, message: { length: size } }: OutgoingMail,
  message: Readable,
): Promise<string> {
  return new Promise((resolve, reject) => {
    connection.send({ from: from === '' ? false : from, to: [to], size }, message, (error, info) =>
      error ? reject(error) : resolve(`"${toPrintable(info?.response ?? '')}"`),
    );
  });
}

/**
 * How the way to the mail server is protected.
 *
 * - `off`: not at all, for a server on the same machine.
 * - `opportunistic`: by STARTTLS where that works, whoever the server is; else in the clear.
 * - `required`: by STARTTLS with a valid certificate for the host.
 * - `implicit`: by TLS from the first byte (RFC 8314 §3), with such a certificate.
 */
export type MailTls = 'off' | 'opportunistic' | 'required' | 'implicit';

export interface SmtpMailOutOptions {
  readonly clock: Clock;
  /** The operator's mail server; the system looks the name up. */
  readonly host: string;
  readonly port: number;
  readonly tls: MailTls;
  /** PEM certificates that replace the default trust store. */
  readonly ca?: readonly string[];
  /** What EHLO says: the name of this host. */
  readonly ehloName: string;
  readonly login?: { readonly user: string; readonly password: string };
  /** For each of: connecting, the greeting with TLS, signing in, the message; default 300,000 (RFC 5321 §4.5.3.2). */
  readonly timeoutMs?: number;
  /** For the reply to the whole message; default 600,000 (RFC 5321 §4.5.3.2). */
  readonly replyTimeoutMs?: number;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);

/** @throws TypeError when a password would go over a connection that others may read or answer. */
export function assertLoginIsSafe({ login, tls, host }: SmtpMailOutOptions): void {
  const isSafe = tls === 'required' || tls === 'implicit' || LOOPBACK.has(host);
  if (login !== undefined && !isSafe)
    throw new TypeError(
      `Cannot sign in to the mail server with TLS "${tls}": must be "required" or "implicit"`,
    );
}

/** What the library says of a failure. */
export interface SmtpFailure {
  readonly message: string;
  readonly code?: string;
  /** A system error below the library's own. */
  readonly originalCode?: string;
  /** The command that was answered; `CONN` before the first. */
  readonly command?: string;
  /** The reply, where there was one. */
  readonly response?: string;
  readonly responseCode?: number;
}

/** Replies that speak of how the client signs in (RFC 4954 §6): the operator can mend that. */
const ABOUT_CREDENTIALS = new Set([530, 534, 535, 538]);
const ABOUT_THE_MESSAGE = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

/**
 * Reads a failure (RFC 5321 §4.2.1). 5yz refuses only as an answer to the message and its envelope: before that it
 * tells of the set-up between us and the mail server, which may be mended.
 */
export function toOutcome(failure: SmtpFailure, isEnded: boolean): MailHandOver {
  const { responseCode = 0, command = '' } = failure;
  const problem = describe(failure);
  if (responseCode >= 400 && responseCode < 600) {
    const refuses =
      responseCode >= 500 && ABOUT_THE_MESSAGE.has(command) && !ABOUT_CREDENTIALS.has(responseCode);
    return { kind: refuses ? 'refused' : 'later', problem };
  }
  return { kind: isEnded ? 'unknown' : 'later', problem };
}

function describe({ message, code, originalCode, command, response }: SmtpFailure): string {
  if (response !== undefined) {
    const what = command === undefined || command === 'CONN' ? 'the connection' : command;
    return `mail server answered ${what} with "${toPrintable(response)}"`;
  }
  const cause = originalCode ?? code ?? 'UNKNOWN';
  return `mail server could not be used: ${toPrintable(message)} (${cause})`;
}

/** Bounds one stage after the other. */
interface StageWatch {
  /** Ends the stage before and starts one with a limit of its own. */
  start(stage: string, limitMs: number): void;
  stop(): void;
}

/** @param expire called with a sentence when a stage takes longer than its limit. */
export function createStageWatch(clock: Clock, expire: (problem: string) => void): StageWatch {
  let cancel = (): void => undefined;
  return {
    start(stage, limitMs) {
      cancel();
      cancel = clock.after(limitMs, () => expire(`not done after ${limitMs} ms: ${stage}`));
    },
    stop: () => cancel(),
  };
}

/** A message on its way whose end waits for leave. */
export interface HeldMessage {
  readonly stream: Readable;
  /** Whether the end has gone out, or is about to: from here on no silence means "not taken". */
  readonly isEnded: boolean;
}

/** Streams a message and then, before the end, awaits `beforeCommit`. `onEnded` is called when that allows the end. */
export function untilCommit(
  message: Buffer,
  beforeCommit: () => Promise<void>,
  onEnded: () => void,
): HeldMessage {
  let isEnded = false;
  async function* held(): AsyncGenerator<Buffer> {
    yield message;
    await beforeCommit();
    isEnded = true;
    onEnded();
  }
  return {
    stream: Readable.from(held()),
    get isEnded() {
      return isEnded;
    },
  };
}
