/** A part of a message that is no multipart, its transfer encoding not yet undone. */
export interface MailPart {
  /** Media type in lower case; `text/plain` where none is given (RFC 2045 §5.2). */
  readonly type: string;
  readonly fileName?: string;
  /** `Content-Transfer-Encoding` in lower case; empty where none is given. */
  readonly encoding: string;
  readonly body: Buffer;
}
