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
