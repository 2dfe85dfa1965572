import type { PemPair } from '../../io/key-files/index.ts';

/** Where challenges are put for as long as the certificate authority may look at them (RFC 8555 §8, RFC 8737). */
export interface ChallengeResponder {
  /** Shown at `http://HOST/.well-known/acme-challenge/TOKEN`, for this host name only. */
  addHttp(hostName: string, token: string, keyAuthorization: string): void;
  removeHttp(hostName: string, token: string): void;
  /** Shown in handshakes for `acme-tls/1`, in place of the one that was shown for that name. */
  addAlpn(hostName: string, pair: PemPair): void;
  removeAlpn(hostName: string): void;
}
