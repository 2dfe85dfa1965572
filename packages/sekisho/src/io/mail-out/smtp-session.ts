import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { type createTrust, toPrintable } from '../https/index.ts';
import type { OutgoingMail } from './mail-out.ts';
import type { SmtpMailOutOptions } from './smtp-options.ts';

/** More than any reply needs; the library's own limit is a megabyte. */
const LONGEST_REPLY_BYTES = 65_536;
/** The library's own timers, which no clock drives, must never be the first to ring. */
const NEVER_MS = 86_400_000;
/** How long a connection stays for the reply to QUIT. */
const PARTING_MS = 2_000;

type Settle = (error: Error | null | undefined) => void;

/** One conversation with the mail server. Each step rejects with what the library says of a failure. */
export interface SmtpSession {
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
