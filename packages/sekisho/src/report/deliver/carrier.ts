import type { Domain } from '@sekisho/spec';

/** A report on its way to one destination. */
export interface ReportParcel {
  /** `left@right`. */
  readonly reportId: string;
  readonly policyDomain: Domain;
  /** The first moment covered. */
  readonly startMs: number;
  /** The first moment not covered any more. */
  readonly endMs: number;
  /** A URI of the record: `mailto:` for carriers of mail, `https:` for others. */
  readonly destination: string;
  /** The report, not compressed. */
  readonly json: string;
}

export type CarryResult =
  /** The destination has it: a reply of 250 to the whole message, or a status of 2xx. `detail` is escaped. */
  | { readonly kind: 'taken'; readonly detail: string }
  /** Worth another try. `retryAfterMs` where the destination said so. */
  | { readonly kind: 'later'; readonly problem: string; readonly retryAfterMs?: number }
  /** No other try can help. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** The last bytes went out and nothing came back: the destination may have it or not. */
  | { readonly kind: 'unknown'; readonly problem: string };

export interface CarryOptions {
  /**
   * Awaited right before the bytes that commit the destination go out: the end of the message, or the request. Up to
   * there a kill leaves nothing behind that a second try would double.
   */
  readonly beforeCommit: () => Promise<void>;
  readonly signal?: AbortSignal;
}

/** Hands a report over by mail or by HTTPS (RFC 8460 §5.3, §5.4); rejects only if `beforeCommit` does. */
export interface ReportCarrier {
  carry(parcel: ReportParcel, options: CarryOptions): Promise<CarryResult>;
}
