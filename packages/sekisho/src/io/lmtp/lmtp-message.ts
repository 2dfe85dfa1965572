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

/** What one client may take of the listener. */
export interface LmtpLimits {
  /** At once; one more is told 421. Default 50. */
  readonly connections: number;
  /** Recipients of one message; one more is told 452. Default 100. */
  readonly recipients: number;
  /** Without a byte from the client. Default 120,000. */
  readonly idleMs: number;
  /** For one message, from DATA to its last line. Default 300,000. */
  readonly messageMs: number;
  /** Of one connection; over, it is cut between two messages. Default 1,800,000. */
  readonly connectionMs: number;
  /** How long a stop waits for messages under way. Default 20,000. */
  readonly stopMs: number;
}

export const DEFAULT_LMTP_LIMITS: LmtpLimits = {
  connections: 50,
  recipients: 100,
  idleMs: 120_000,
  messageMs: 300_000,
  connectionMs: 1_800_000,
  stopMs: 20_000,
};
