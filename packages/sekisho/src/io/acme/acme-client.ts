import type { KeyObject } from 'node:crypto';

/** How a certificate authority may look whether a name is ours. */
export type ChallengeKind = 'http-01' | 'tls-alpn-01';

/** Why the certificate authority did not do what was asked; closed, used as a metric label. */
export type AcmeFailureCode =
  | 'unreachable' // no connection, or it broke off
  | 'timeout'
  | 'tls' // the authority's own certificate or TLS
  | 'malformed' // no ACME: wrong type, too large, fields missing
  | 'rate-limited' // status 429, or `rateLimited` (RFC 8555 §6.6)
  | 'terms-not-accepted' // `acceptTerms` is off, or the terms have changed
  | 'external-account' // an external account binding is wanted, or refused (RFC 8555 §7.3.4)
  | 'account-unknown' // the authority does not know our account (any more)
  | 'not-found' // no such order: status 404, or another account's
  | 'validation-failed' // the authority looked, and did not find what it sought
  | 'name-refused' // policy, CAA, or a name that it does not certify
  | 'already-replaced' // RFC 9773 §5: another order replaces that certificate
  | 'order-not-ready' // finalised too early; ask again
  | 'server' // status 5xx
  | 'refused'; // anything else

/** The authority said no, or said nothing. */
export interface AcmeFailure {
  readonly kind: 'failure';
  readonly code: AcmeFailureCode;
  /** One sentence; text of the authority in it is escaped and cut. */
  readonly message: string;
  /** How long the authority asks us to wait (RFC 8555 §6.6); at most seven days. */
  readonly retryAfterMs?: number;
}

export type AcmeResult<T> = { readonly kind: 'done'; readonly value: T } | AcmeFailure;

/** RFC 8555 §7.1.3. */
export interface AcmeOrder {
  readonly url: string;
  readonly status: 'pending' | 'ready' | 'processing' | 'valid' | 'invalid';
  /** Names that the certificate will carry, lower case. */
  readonly hostNames: readonly string[];
  readonly authorizationUrls: readonly string[];
  readonly finalizeUrl: string;
  /** Present once `status` is `valid`. */
  readonly certificateUrl?: string;
  /** Why it is `invalid`, where the authority says so; escaped. */
  readonly error?: string;
  /** When to ask again while it is being worked on. */
  readonly retryAfterMs?: number;
}

export interface AcmeChallenge {
  readonly kind: ChallengeKind;
  readonly url: string;
  /** Letters, digits, `-` and `_` only. */
  readonly token: string;
  readonly status: 'pending' | 'processing' | 'valid' | 'invalid';
}

/** RFC 8555 §7.1.4. */
export interface AcmeAuthorization {
  readonly hostName: string;
  readonly status: 'pending' | 'valid' | 'invalid' | 'deactivated' | 'expired' | 'revoked';
  /** Those of a kind that we know. */
  readonly challenges: readonly AcmeChallenge[];
  /** Why the authority did not find what it sought; escaped. */
  readonly error?: string;
  readonly retryAfterMs?: number;
}

/** When the authority wishes a certificate to be renewed (RFC 9773 §4.2). */
export interface RenewalInfo {
  readonly startMs: number;
  readonly endMs: number;
  /** A page that says why, such as after an incident; escaped. */
  readonly explanationUrl?: string;
  /** When to ask again; between a minute and a day, six hours where the authority does not say. */
  readonly retryAfterMs: number;
}

/** What one account may do. */
export interface AcmeAccount {
  readonly url: string;
  /** @param options.replaces `certificateId` of the certificate that the new one follows; sent where the authority offers ARI. */
  createOrder(
    hostName: string,
    options?: { readonly replaces?: string },
  ): Promise<AcmeResult<AcmeOrder>>;
  getOrder(url: string): Promise<AcmeResult<AcmeOrder>>;
  getAuthorization(url: string): Promise<AcmeResult<AcmeAuthorization>>;
  /** What is shown for a token (RFC 8555 §8.1). */
  keyAuthorization(token: string): string;
  /** Tells the authority that it may look now. */
  answerChallenge(url: string): Promise<AcmeResult<void>>;
  /** @param csr certificate request, DER. */
  finalize(order: AcmeOrder, csr: Buffer): Promise<AcmeResult<AcmeOrder>>;
  /** The certificate and what leads to its root, PEM. */
  download(certificateUrl: string): Promise<AcmeResult<string>>;
}

/**
 * A certificate authority that speaks ACME (RFC 8555). Every call is bounded in time and size, and rejects for nothing
 * that the authority does.
 */
export interface AcmeClient {
  /** Finds the account of an EC P-256 key, or makes it. */
  openAccount(key: KeyObject): Promise<AcmeResult<AcmeAccount>>;
  /** Undefined where the authority does not offer it. */
  getRenewalInfo(certificateId: string): Promise<AcmeResult<RenewalInfo | undefined>>;
  /** Ends what is under way; later calls fail with `unreachable`. */
  close(): void;
}
