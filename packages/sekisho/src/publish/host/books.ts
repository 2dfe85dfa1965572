import type { SecureContext } from 'node:tls';
import type { Domain } from '@sekisho/spec';

/** What the policy host gives out for one domain. */
export interface ServedPolicy {
  readonly domain: Domain;
  readonly id: string;
  readonly body: Buffer;
}

/** Finds what is served; asked for each request, so it remembers what is asked for often. */
export interface PolicyBook {
  /** @param domain the Policy Domain, without `mta-sts.`. */
  find(domain: Domain): Promise<ServedPolicy | undefined>;
  /** The served version changed: what is remembered of the domain is forgotten. */
  forget(domain: Domain): void;
}

/** Finds certificates by the name in the ClientHello (RFC 8461 §7.1). */
export interface CertificateBook {
  /**
   * Calls `use` once, now or when it was loaded, with the certificate of the domain's policy host; with undefined for a
   * name that we do not serve. It is to be given to a connection at once and not kept: it is released when others need
   * its place, and Node aborts where one is used that was.
   */
  lend(domain: Domain, use: (certificate: SecureContext | undefined) => void): void;
  /** A new certificate is there. */
  forget(domain: Domain): void;
}

/** Challenges of the certificate authority that wait for an answer (RFC 8555 §8.3, RFC 8737). */
export interface ChallengeBook {
  /** The key authorization to a token of http-01, for this host name only. */
  findHttp(hostName: string, token: string): string | undefined;
  /** The certificate to show for tls-alpn-01; to be given to a connection at once and not kept. */
  findAlpn(hostName: string): SecureContext | undefined;
}

/** Is told of every policy given out. Must not throw. */
export type ObserveFetch = (fetch: {
  readonly domain: Domain;
  readonly id: string;
  readonly address: string;
  /** As received. */
  readonly userAgent: string;
}) => void;
