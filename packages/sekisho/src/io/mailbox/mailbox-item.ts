/** One message of a mailbox. */
export type MailboxItem<Message> =
  | ({ readonly kind: 'message'; readonly bytes: Uint8Array } & Message)
  /** Larger than allowed; not read, or not kept. */
  | ({ readonly kind: 'too-large' } & Message)
  /** It is there and cannot be read. `problem` is a system's error code. */
  | ({ readonly kind: 'unreadable'; readonly problem: string } & Message);
