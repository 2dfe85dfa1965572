import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { PemPair } from '../../io/key-files/index.ts';

/** The short name of the protocol that policies are fetched with (RFC 7301). */
export const HTTP_PROTOCOL = 'http/1.1';
/** RFC 8737 §6.2. */
export const ACME_PROTOCOL = 'acme-tls/1';

/** Forward secrecy and authenticated encryption only; AES-128 first, which costs least where processors know AES. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/**
 * What TLS needs to speak for one host: about 40 KB outside the heap and a fifth of a millisecond. TLS 1.2 and 1.3,
 * without renegotiation.
 *
 * @param ticketKeys 48 bytes; without, no session can be resumed beyond the life of the context.
 * @throws {Error} by OpenSSL, when key and certificate are broken or not a pair.
 */
export function makeSecureContext(pair: PemPair, ticketKeys?: Buffer): SecureContext {
  return createSecureContext({
    key: pair.keyPem,
    cert: pair.chainPem,
    // No clients are verified, so the hundred roots that Node would add are not needed.
    ca: [],
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    ...(ticketKeys === undefined ? {} : { ticketKeys }),
  });
}

/**
 * Gives the memory back at once; connections that were made of it go on. Else it would wait for a collection of the old
 * generation, which sees none of the 40 KB and so does not come for hundreds of megabytes. Node does the same to
 * contexts that serve one connection. Nothing may use the context afterwards: Node would abort.
 */
export function releaseSecureContext({ context }: SecureContext): void {
  const native = context as { readonly close?: () => void };
  native.close?.();
}
