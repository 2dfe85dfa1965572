import { quote } from '@sekisho/spec';
import type { Clock } from '../clock/index.ts';
import { IoError } from '../error.ts';

/** A message as the server lists it. */
export interface ImapMessageSize {
  readonly uid: number;
  /** RFC822.SIZE, which servers may get wrong. */
  readonly sizeBytes: number;
}

/**
 * A mailbox that is open. Every call but `close` may throw IoError: `imap-lost` when the connection is gone or took too
 * long, `imap-failed` when the server refuses a command.
 */
export interface ImapMailbox {
  /** As decimal text; when it changes, no UID means what it meant (RFC 9051 §2.3.1.1). */
  readonly uidValidity: string;
  /** Messages with a higher UID, in ascending order. */
  listAfter(uid: number): AsyncIterable<ImapMessageSize>;
  /** The message without marking it as read; undefined when it is gone, `too-large` when it is larger than asked for. */
  fetch(uid: number, largestBytes: number): Promise<Uint8Array | 'too-large' | undefined>;
  markSeen(uid: number): Promise<void>;
  moveTo(uid: number, mailbox: string): Promise<void>;
  /** Waits until the server tells of a new message, the time is over, or the signal comes. */
  waitForNews(timeoutMs: number, signal: AbortSignal): Promise<void>;
  /** Says goodbye, or hangs up where that takes long. Never throws. */
  close(): Promise<void>;
}

/**
 * Connects, authenticates and opens the mailbox.
 *
 * @throws {IoError} `imap-unreachable`, `imap-tls`, `imap-login`, `imap-no-mailbox`, `imap-lost`, `imap-failed`; and
 * `imap-token` where the credentials could not be had.
 */
export type OpenImapMailbox = (signal: AbortSignal) => Promise<ImapMailbox>;

/** What the library tells beside the message of an error. */
interface ImapFault {
  readonly code?: unknown;
  readonly authenticationFailed?: unknown;
  readonly responseStatus?: unknown;
  readonly responseText?: unknown;
  readonly tlsFailed?: unknown;
}

const TLS =
  /^(?:ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|STARTTLS_INJECTION)/;

/**
 * Names what went wrong. The error's own message and cause are left out: they may hold the command, and with it the
 * password.
 */
export function toImapError(action: string, where: string, error: unknown): IoError {
  if (error instanceof IoError) return error;
  const { code, authenticationFailed, responseStatus, responseText, tlsFailed } =
    error as ImapFault;
  const name = typeof code === 'string' ? code : 'UNKNOWN';
  const said = typeof responseText === 'string' ? `server says ${quote(responseText)}` : name;
  const fail = (ours: string, reason: string, temporary: boolean): IoError =>
    new IoError(ours, `Cannot ${action} at ${where}: ${reason}`, { temporary });
  if (authenticationFailed === true) return fail('imap-login', `login was refused, ${said}`, false);
  if (tlsFailed === true || TLS.test(name)) return fail('imap-tls', `no TLS: ${name}`, false);
  if (responseStatus === 'NO' || responseStatus === 'BAD') return fail('imap-failed', said, false);
  return fail(action === 'connect' ? 'imap-unreachable' : 'imap-lost', name, true);
}

/**
 * The work's outcome, or `imap-lost` when it does not come in time; `hangUp` then ends the connection, and with it the
 * work.
 */
export async function withinTime<T>(
  clock: Clock,
  timeoutMs: number,
  hangUp: () => void,
  work: Promise<T>,
): Promise<T> {
  let cancel = (): void => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(timeoutMs, () => {
      reject(
        new IoError('imap-lost', `IMAP server did not answer in ${timeoutMs} ms`, {
          temporary: true,
        }),
      );
      hangUp();
    });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
  }
}
