import { IoError } from '../error.ts';

/** An address in memory that is OpenSSL's; 0 for none. */
export type Pointer = number | bigint;

/**
 * Functions of OpenSSL 3 as its manual describes them, and under their own names. Those that return an `int` return 1 for
 * success unless told otherwise.
 */
export interface Openssl {
  OpenSSL_version_num(): number | bigint;
  ERR_clear_error(): void;
  ERR_get_error(): number | bigint;
  ERR_peek_error(): number | bigint;
  ERR_reason_error_string(code: number | bigint): string | null;

  /** Memory that grows with what is written to it. Reading it empty returns -1. */
  BIO_new(method: Pointer): Pointer;
  BIO_s_mem(): Pointer;
  BIO_free(bio: Pointer): number;
  BIO_write(bio: Pointer, bytes: Uint8Array, size: number): number;
  BIO_read(bio: Pointer, bytes: Uint8Array, size: number): number;
  /** How many bytes can be read. */
  BIO_ctrl_pending(bio: Pointer): number;

  /** With a password and no callback that password is tried; with neither OpenSSL would ask the terminal. */
  PEM_read_bio_X509(bio: Pointer, into: Pointer, callback: Pointer, password: Uint8Array): Pointer;
  PEM_read_bio_PrivateKey(
    bio: Pointer,
    into: Pointer,
    callback: Pointer,
    password: Uint8Array,
  ): Pointer;
  X509_free(certificate: Pointer): void;
  EVP_PKEY_free(key: Pointer): void;
  OPENSSL_sk_new_null(): Pointer;
  /** Returns how many there are now, or 0. */
  OPENSSL_sk_push(stack: Pointer, element: Pointer): number;
  OPENSSL_sk_free(stack: Pointer): void;

  TLS_server_method(): Pointer;
  SSL_CTX_new(method: Pointer): Pointer;
  SSL_CTX_free(context: Pointer): void;
  SSL_CTX_ctrl(context: Pointer, command: number, value: number, more: Pointer): number;
  SSL_CTX_set_options(context: Pointer, options: number): number;
  SSL_CTX_set_cipher_list(context: Pointer, names: string): number;
  SSL_CTX_set_ciphersuites(context: Pointer, names: string): number;
  SSL_CTX_set_timeout(context: Pointer, seconds: number): number;
  SSL_CTX_set_num_tickets(context: Pointer, count: number): number;
  SSL_CTX_set_alpn_select_cb(context: Pointer, callback: Pointer, argument: Pointer): void;

  SSL_new(context: Pointer): Pointer;
  SSL_free(ssl: Pointer): void;
  /** Takes over both BIOs. */
  SSL_set_bio(ssl: Pointer, read: Pointer, write: Pointer): void;
  SSL_set_accept_state(ssl: Pointer): void;
  /** Keeps references of its own. */
  SSL_use_cert_and_key(
    ssl: Pointer,
    certificate: Pointer,
    key: Pointer,
    chain: Pointer,
    override: number,
  ): number;
  SSL_do_handshake(ssl: Pointer): number;
  SSL_session_reused(ssl: Pointer): number;
  SSL_set_num_tickets(ssl: Pointer, count: number): number;
  /** Returns how many bytes were read, or why not by `SSL_get_error`; so does `SSL_write`. */
  SSL_read(ssl: Pointer, bytes: Uint8Array, size: number): number;
  SSL_write(ssl: Pointer, bytes: Uint8Array, size: number): number;
  SSL_shutdown(ssl: Pointer): number;
  SSL_get_error(ssl: Pointer, result: number): number;

  /** A callback for `SSL_CTX_set_alpn_select_cb` that chooses this protocol whatever is offered. Never freed. */
  alwaysChoose(protocol: string): Pointer;
}

type Functions = Omit<Openssl, 'alwaysChoose'>;

const PROTOTYPES: Readonly<Record<keyof Functions, string>> = {
  OpenSSL_version_num: 'unsigned long OpenSSL_version_num()',
  ERR_clear_error: 'void ERR_clear_error()',
  ERR_get_error: 'unsigned long ERR_get_error()',
  ERR_peek_error: 'unsigned long ERR_peek_error()',
  ERR_reason_error_string: 'const char *ERR_reason_error_string(unsigned long)',
  BIO_new: 'intptr_t BIO_new(intptr_t)',
  BIO_s_mem: 'intptr_t BIO_s_mem()',
  BIO_free: 'int BIO_free(intptr_t)',
  BIO_write: 'int BIO_write(intptr_t, const void *, int)',
  BIO_read: 'int BIO_read(intptr_t, void *, int)',
  BIO_ctrl_pending: 'size_t BIO_ctrl_pending(intptr_t)',
  PEM_read_bio_X509: 'intptr_t PEM_read_bio_X509(intptr_t, intptr_t, intptr_t, const void *)',
  PEM_read_bio_PrivateKey:
    'intptr_t PEM_read_bio_PrivateKey(intptr_t, intptr_t, intptr_t, const void *)',
  X509_free: 'void X509_free(intptr_t)',
  EVP_PKEY_free: 'void EVP_PKEY_free(intptr_t)',
  OPENSSL_sk_new_null: 'intptr_t OPENSSL_sk_new_null()',
  OPENSSL_sk_push: 'int OPENSSL_sk_push(intptr_t, intptr_t)',
  OPENSSL_sk_free: 'void OPENSSL_sk_free(intptr_t)',
  TLS_server_method: 'intptr_t TLS_server_method()',
  SSL_CTX_new: 'intptr_t SSL_CTX_new(intptr_t)',
  SSL_CTX_free: 'void SSL_CTX_free(intptr_t)',
  SSL_CTX_ctrl: 'long SSL_CTX_ctrl(intptr_t, int, long, intptr_t)',
  SSL_CTX_set_options: 'uint64_t SSL_CTX_set_options(intptr_t, uint64_t)',
  SSL_CTX_set_cipher_list: 'int SSL_CTX_set_cipher_list(intptr_t, const char *)',
  SSL_CTX_set_ciphersuites: 'int SSL_CTX_set_ciphersuites(intptr_t, const char *)',
  SSL_CTX_set_timeout: 'long SSL_CTX_set_timeout(intptr_t, long)',
  SSL_CTX_set_num_tickets: 'int SSL_CTX_set_num_tickets(intptr_t, size_t)',
  SSL_CTX_set_alpn_select_cb: 'void SSL_CTX_set_alpn_select_cb(intptr_t, intptr_t, intptr_t)',
  SSL_new: 'intptr_t SSL_new(intptr_t)',
  SSL_free: 'void SSL_free(intptr_t)',
  SSL_set_bio: 'void SSL_set_bio(intptr_t, intptr_t, intptr_t)',
  SSL_set_accept_state: 'void SSL_set_accept_state(intptr_t)',
  SSL_use_cert_and_key: 'int SSL_use_cert_and_key(intptr_t, intptr_t, intptr_t, intptr_t, int)',
  SSL_do_handshake: 'int SSL_do_handshake(intptr_t)',
  SSL_session_reused: 'int SSL_session_reused(intptr_t)',
  SSL_set_num_tickets: 'int SSL_set_num_tickets(intptr_t, size_t)',
  SSL_read: 'int SSL_read(intptr_t, void *, int)',
  SSL_write: 'int SSL_write(intptr_t, const void *, int)',
  SSL_shutdown: 'int SSL_shutdown(intptr_t)',
  SSL_get_error: 'int SSL_get_error(intptr_t, int)',
};

/** Connection, where to put address and size of what is chosen, what is offered and its size, an argument of ours. */
const CHOOSE = ['intptr_t', 'void *', 'void *', 'intptr_t', 'unsigned int', 'intptr_t'];
const CHOSEN = 0;
const OLDEST_VERSION = 0x3000_0000;

/**
 * Finds the OpenSSL that Node itself uses, in the process.
 *
 * @throws {IoError} `tls-unsupported` where the library for foreign functions does not load, or Node hides its OpenSSL
 * or has another library.
 */
export async function loadOpenssl(): Promise<Openssl> {
  try {
    const { default: koffi } = await import('koffi');
    const library = koffi.load(null);
    const functions = Object.fromEntries(
      Object.entries(PROTOTYPES).map(([name, prototype]) => [name, library.func(prototype)]),
    ) as unknown as Functions;
    if (functions.OpenSSL_version_num() < OLDEST_VERSION) throw new Error('it is older than 3.0');
    const choose = koffi.pointer(koffi.proto('int', CHOOSE));
    return {
      ...functions,
      alwaysChoose(protocol) {
        const bytes = Buffer.from(protocol, 'latin1');
        const address = koffi.alloc('uint8_t', bytes.length);
        koffi.encode(address, koffi.array('uint8_t', bytes.length), bytes);
        return koffi.register((_: Pointer, out: bigint, size: bigint) => {
          koffi.encode(out, 'void *', address);
          koffi.encode(size, 'uint8_t', bytes.length);
          return CHOSEN;
        }, choose);
      },
    };
  } catch (cause) {
    throw new IoError(
      'tls-unsupported',
      "Cannot serve TLS: Node's OpenSSL cannot be called through koffi",
      { temporary: false, cause },
    );
  }
}
