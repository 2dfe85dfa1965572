import type { Domain, ResultType } from '@sekisho/spec';

/** Why a policy could not be fetched (RFC 8461 §3.3); closed, used as a metric label. */
export type FetchFailureCode =
  | 'dns-not-found' // the policy host has no address
  | 'dns-unavailable' // its addresses could not be looked up
  | 'address-refused' // only private, loopback or link-local addresses, and they are not allowed
  | 'connect-refused'
  | 'connect-timeout'
  | 'network' // reset, unreachable, broken off
  | 'proxy-failed'
  | 'tls-certificate-expired'
  | 'tls-certificate-not-yet-valid'
  | 'tls-certificate-not-trusted' // unknown CA, self-signed, incomplete chain
  | 'tls-certificate-name' // no dNSName for the policy host
  | 'tls-version' // nothing newer than TLS 1.1
  | 'tls-handshake' // any other TLS failure
  | 'http-redirect'
  | 'http-status'
  | 'http-media-type'
  | 'http-malformed' // not HTTP, or headers too large
  | 'body-too-large'
  | 'deadline';

/** What was seen of the policy host's certificate, for explanation and history. */
export interface SeenCertificate {
  readonly dnsNames: readonly string[];
  readonly issuer: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** What is known about the connection, as far as it came. */
export interface FetchTrace {
  /** Every address of the policy host, in the order tried. */
  readonly addresses: readonly string[];
  /** The address that was connected to. */
  readonly remoteAddress?: string;
  /** Such as `TLSv1.3`. */
  readonly tlsVersion?: string;
  readonly certificate?: SeenCertificate;
  readonly status?: number;
  readonly contentType?: string;
  readonly durationMs: number;
}

export type PolicyFetch =
  | { readonly kind: 'body'; readonly body: string; readonly trace: FetchTrace }
  | {
      readonly kind: 'failure';
      readonly code: FetchFailureCode;
      /** RFC 8460 §4.3: `sts-webpki-invalid` for certificate failures, else `sts-policy-fetch-error`. */
      readonly resultType: Extract<ResultType, 'sts-policy-fetch-error' | 'sts-webpki-invalid'>;
      /** One sentence: what was tried, both states. Holds no remote text that is not printable ASCII. */
      readonly message: string;
      /** The OpenSSL reason or Node error code where TLS or the network failed, such as `CERT_HAS_EXPIRED`. */
      readonly reason?: string;
      readonly trace: FetchTrace;
    };

/** Fetches policy bodies. Bounded in time (total) and size; never throws for what the remote does. */
export interface PolicyClient {
  fetchPolicyBody(
    policyDomain: Domain,
    options?: { readonly signal?: AbortSignal },
  ): Promise<PolicyFetch>;
  close(): void;
}
