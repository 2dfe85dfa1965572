/** A message that is ready to go. */
export interface OutgoingMail {
  /** The reverse-path (RFC 5321 §4.1.1.2): an address in ASCII, or empty for the null sender. */
  readonly from: string;
  /** The only recipient: an address in ASCII. */
  readonly to: string;
  /** Lines end with CRLF and hold ASCII only. */
  readonly message: Buffer;
}

/** How handing over a message ended. Texts are escaped. */
export type MailHandOver =
  /** The mail server has it and answers for it. */
  | { readonly kind: 'taken'; readonly detail: string }
  /** It has not, and may at another time. */
  | { readonly kind: 'later'; readonly problem: string }
  /** It has not, and never will. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** The end of the message went out and no reply came back: it may have the message or not. */
  | { readonly kind: 'unknown'; readonly problem: string };

export interface HandOverOptions {
  /**
   * Awaited when all of the message but its end is out. If it rejects, the end never goes out, and the outcome is
   * `later`.
   */
  readonly beforeCommit: () => Promise<void>;
  readonly signal?: AbortSignal;
}

/** Hands messages over to the operator's own mail server. Bounded in time, and never rejects. */
export interface MailOut {
  handOver(mail: OutgoingMail, options: HandOverOptions): Promise<MailHandOver>;
}
