/** A message that came in whole. */
export interface LmtpMessage {
  readonly bytes: Uint8Array;
  /** Envelope sender as the client wrote it; empty for a bounce. */
  readonly sender: string;
  readonly recipients: readonly string[];
}

/** What the client is told, once for each recipient. */
export interface LmtpReply {
  /** 250 taken, 451 to be brought again, 554 refused for good. */
  readonly code: 250 | 451 | 554;
  /** Ours, or escaped. */
  readonly text: string;
}
