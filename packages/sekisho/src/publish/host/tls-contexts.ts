import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { PemPair } from '../../io/key-files/index.ts';

/** AES-128 first, which costs least where processors know AES; all with forward secrecy and authenticated encryption. */
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

/** No clients are verified, so the hundred roots that Node would add are not needed. */
const NO_ROOTS = { ca: [] };

/**
 * What every connection begins with; its certificate comes with a context of its own. Both versions of TLS are in it,
 * so that OpenSSL marks a downgrade in its random (RFC 8446 §4.1.3) and refuses a client that says that it fell back
 * (RFC 7507).
 *
 * Nothing is resumed: there are no tickets that hold a session, and no sessions are kept that one could name.
 */
export function createBaseContext(): SecureContext {
  return createSecureContext({
    ...NO_ROOTS,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: CIPHERS,
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
  });
}

/**
 * What holds one certificate: about 40 KB outside the heap, and a third of a millisecond. Connections take certificate
 * and key from it, and nothing else.
 *
 * @throws {Error} by OpenSSL, when key and certificate are broken, too weak or not a pair.
 */
export function createCertificateContext({ keyPem, chainPem }: PemPair): SecureContext {
  // An empty text would be taken for one that is not given.
  if (keyPem === '' || chainPem === '') throw new Error('The key or the certificate is empty');
  return createSecureContext({ ...NO_ROOTS, key: keyPem, cert: chainPem });
}
