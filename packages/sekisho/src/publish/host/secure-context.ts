import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { PemPair } from '../../io/key-files/index.ts';

/** The short name of the protocol that policies are fetched with (RFC 7301). */
export const HTTP_PROTOCOL = 'http/1.1';
/** RFC 8737 §6.2. */
export const ACME_PROTOCOL = 'acme-tls/1';

/** AES-128 first, which costs least where processors know AES. */
const TLS13_CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
];
/** Those with forward secrecy and authenticated encryption. */
const TLS12_CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];

/** No clients are verified, so the hundred roots that Node would add are not needed. */
const NO_ROOTS = { ca: [] };

/**
 * What TLS 1.3 needs to speak for any host, whose certificate comes with another context.
 *
 * @param ticketKeys 48 bytes.
 */
export function makeTls13Context(ticketKeys: Buffer): SecureContext {
  return createSecureContext({
    ...NO_ROOTS,
    minVersion: 'TLSv1.3',
    ciphers: TLS13_CIPHERS.join(':'),
    honorCipherOrder: true,
    ticketKeys,
  });
}

/**
 * The same for TLS 1.2, without renegotiation, and without tickets: a session would have to be bound to the name of its
 * host (RFC 6066 §3), and its ticket would hold the keys of all that is sent.
 */
export function makeTls12Context(): SecureContext {
  return createSecureContext({
    ...NO_ROOTS,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    ciphers: TLS12_CIPHERS.join(':'),
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
  });
}

/**
 * What shows one certificate: about 40 KB outside the heap and a fifth of a millisecond. Of its ciphers and versions
 * only a connection that begins with it takes any.
 *
 * @throws {Error} by OpenSSL, when key and certificate are broken or not a pair.
 */
export function makeCertificateContext(pair: PemPair): SecureContext {
  return createSecureContext({
    ...NO_ROOTS,
    key: pair.keyPem,
    cert: pair.chainPem,
    minVersion: 'TLSv1.2',
    ciphers: [...TLS13_CIPHERS, ...TLS12_CIPHERS].join(':'),
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  });
}
