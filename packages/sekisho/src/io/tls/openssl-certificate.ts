import type { PemPair } from '../key-files/index.ts';
import type { Openssl, Pointer } from './openssl.ts';
import { mustExist, takeFailure } from './openssl-failure.ts';
import type { TlsCertificate } from './server-tls.ts';

/** A certificate as OpenSSL holds it. */
export interface OpensslCertificate extends TlsCertificate {
  /** Lets a connection show it, which then holds it too. @throws {Error} what OpenSSL says. */
  showIn(ssl: Pointer): void;
}

/** A password that opens nothing, as C wants it: else OpenSSL would ask for one at the terminal. */
const NO_PASSWORD = Buffer.from([0]);

/** Reads the chain, leaf first, and the key. @throws {Error} when either cannot be read. */
export function readCertificate(openssl: Openssl, pair: PemPair): OpensslCertificate {
  openssl.ERR_clear_error();
  const key = readPem(openssl, pair.keyPem, (bio) => {
    const read = openssl.PEM_read_bio_PrivateKey(bio, 0, 0, NO_PASSWORD);
    return mustExist(openssl, read, 'read the private key');
  });
  let chain: readonly Pointer[];
  try {
    chain = readPem(openssl, pair.chainPem, (bio) => readChain(openssl, bio));
  } catch (error) {
    openssl.EVP_PKEY_free(key);
    throw error;
  }
  const [leaf = 0, ...others] = chain;
  const stack = openssl.OPENSSL_sk_new_null();
  for (const other of others) openssl.OPENSSL_sk_push(stack, other);
  let isReleased = false;
  return {
    showIn(ssl) {
      if (isReleased) throw new TypeError('the certificate was released');
      if (openssl.SSL_use_cert_and_key(ssl, leaf, key, stack, 1) !== 1)
        throw takeFailure(openssl, 'show the certificate');
    },
    release() {
      if (isReleased) return;
      isReleased = true;
      openssl.OPENSSL_sk_free(stack);
      for (const certificate of chain) openssl.X509_free(certificate);
      openssl.EVP_PKEY_free(key);
    },
  };
}

function readPem<Value>(openssl: Openssl, pem: string, read: (bio: Pointer) => Value): Value {
  const bytes = Buffer.from(pem, 'latin1');
  const bio = mustExist(openssl, openssl.BIO_new(openssl.BIO_s_mem()), 'hold a PEM text');
  try {
    openssl.BIO_write(bio, bytes, bytes.length);
    return read(bio);
  } finally {
    openssl.BIO_free(bio);
  }
}

/** At least one; a broken one is not passed over as if it were the end. */
function readChain(openssl: Openssl, bio: Pointer): readonly Pointer[] {
  const chain: Pointer[] = [];
  for (;;) {
    const next = openssl.PEM_read_bio_X509(bio, 0, 0, NO_PASSWORD);
    if (next === 0) break;
    chain.push(next);
  }
  const isEnd = openssl.ERR_reason_error_string(openssl.ERR_peek_error()) === 'no start line';
  if (isEnd && chain.length > 0) {
    openssl.ERR_clear_error();
    return chain;
  }
  for (const certificate of chain) openssl.X509_free(certificate);
  throw takeFailure(openssl, 'read the certificate');
}
