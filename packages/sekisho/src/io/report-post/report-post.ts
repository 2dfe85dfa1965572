/** A compressed report and the collector that it goes to. */
export interface OutgoingPost {
  /** `https:`, without credentials. */
  readonly url: string;
  readonly body: Buffer;
  /** `application/tlsrpt+gzip` or `application/tlsrpt+json` (RFC 8460 §5.4). */
  readonly contentType: string;
}

/** How handing over a report ended. Texts are escaped. */
export type PostOutcome =
  /** A status of 2xx (RFC 8460 §5.4). `detail` says if the certificate of the collector was not valid. */
  | { readonly kind: 'taken'; readonly detail: string }
  /** Worth another try; `retryAfterMs` where the collector said so. */
  | { readonly kind: 'later'; readonly problem: string; readonly retryAfterMs?: number }
  /** No other try can help. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** The request went out and no status came back: the collector may have the report or not. */
  | { readonly kind: 'unknown'; readonly problem: string };

export interface PostOptions {
  /** Awaited when the connection stands, before the request. If it rejects, nothing is sent and the outcome is `later`. */
  readonly beforeCommit: () => Promise<void>;
  readonly signal?: AbortSignal;
}

/** Posts reports to collectors over HTTPS. Bounded in time and size, and never rejects for what the remote does. */
export interface ReportPost {
  post(post: OutgoingPost, options: PostOptions): Promise<PostOutcome>;
}
