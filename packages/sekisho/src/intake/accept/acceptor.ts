import type { ReportChannel } from '../store/index.ts';

/** What became of something that arrived. Texts are escaped. */
export type Acceptance =
  /** Kept on disk; `repairs` counts what had to be repaired in reading. */
  | { readonly kind: 'stored'; readonly reportId: string; readonly repairs: number }
  /** It is kept already. */
  | { readonly kind: 'duplicate'; readonly reportId: string }
  /** A message without a report in it: somebody's letter, a bounce. */
  | { readonly kind: 'not-a-report' }
  /** It says that it is a report, and cannot be used; kept to be looked at. */
  | { readonly kind: 'refused'; readonly problems: readonly string[] }
  /** The DNS or the store did not answer: bring it again. */
  | { readonly kind: 'later'; readonly problem: string };

/** A message as it arrived, at most as large as the limit allows. */
export interface ArrivedMessage {
  readonly channel: Exclude<ReportChannel, 'post' | 'file'>;
  readonly bytes: Uint8Array;
}

/** A report without a message around it: the body of a POST, or a file. */
export interface ArrivedBody {
  readonly channel: 'post' | 'file';
  readonly bytes: Uint8Array;
  /** As the request says; what the bytes are is decided by looking at them. */
  readonly contentType?: string;
  readonly contentEncoding?: string;
  /** Client's address, or the file's name. */
  readonly from: string;
  /** Whether the request had the secret that is part of the URI in our record; it raises no trust, it only tells. */
  readonly hasToken?: boolean;
}

/** Unpacks, verifies, reads and keeps; one way for all doors. Never throws. */
export interface Acceptor {
  acceptMessage(message: ArrivedMessage): Promise<Acceptance>;
  acceptBody(body: ArrivedBody): Promise<Acceptance>;
  /** Larger arrivals are refused at the door without being read to their end. */
  readonly largestBytes: number;
}
