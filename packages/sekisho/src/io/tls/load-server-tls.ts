import type { Clock } from '../clock/index.ts';
import { createWriteTurn } from '../write-turn/index.ts';
import { loadOpenssl, type Pointer } from './openssl.ts';
import { type OpensslCertificate, readCertificate } from './openssl-certificate.ts';
import { openTlsChannel } from './openssl-channel.ts';
import { createContexts } from './openssl-contexts.ts';
import { mustExist } from './openssl-failure.ts';
import type { ServerTls } from './server-tls.ts';

/**
 * TLS by the OpenSSL that Node has in it, called directly.
 *
 * @throws {IoError} `tls-unsupported` where it cannot be called.
 */
export async function loadServerTls(clock: Clock): Promise<ServerTls> {
  const openssl = await loadOpenssl();
  const contexts = createContexts(openssl, clock);
  const writeTurn = createWriteTurn();
  const memory = openssl.BIO_s_mem();

  /** A connection that shows the certificate. */
  const begin = (context: Pointer, certificate: OpensslCertificate): Pointer => {
    const ssl = mustExist(openssl, openssl.SSL_new(context), 'begin a connection');
    try {
      certificate.showIn(ssl);
      return ssl;
    } catch (error) {
      openssl.SSL_free(ssl);
      throw error;
    }
  };

  return {
    prepare(pair) {
      const certificate = readCertificate(openssl, pair);
      try {
        // What cannot be shown is found out now, not at the first handshake.
        openssl.SSL_free(begin(contexts.contextFor('http/1.1', false), certificate));
        return certificate;
      } catch (error) {
        certificate.release();
        throw error;
      }
    },
    serve(socket, options) {
      const { certificate, protocol, offersTls13 } = options;
      const context = contexts.contextFor(protocol, offersTls13);
      const ssl = begin(context, certificate as OpensslCertificate);
      const [inbox, outbox] = [openssl.BIO_new(memory), openssl.BIO_new(memory)];
      openssl.SSL_set_bio(ssl, inbox, outbox);
      openssl.SSL_set_accept_state(ssl);
      return openTlsChannel(openssl, writeTurn, socket, { ssl, inbox, outbox }, options);
    },
  };
}
