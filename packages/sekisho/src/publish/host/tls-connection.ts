import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { Domain } from '@sekisho/spec';
import type { CertificateBook, ChallengeBook } from './books.ts';
import { type ClientHello, readClientHello } from './client-hello.ts';
import type { Tracked } from './connection-table.ts';
import { policyDomainOf } from './host-name.ts';
import { ACME_PROTOCOL, HTTP_PROTOCOL } from './secure-context.ts';
import { formatTlsAlert, type TlsAlertName } from './tls-alert.ts';

export interface TlsConnectionOptions {
  readonly certificates: CertificateBook;
  readonly challenges: ChallengeBook;
  /** A client wants the policy of this domain, and was shown its certificate. */
  readonly serve: (secure: TLSSocket, site: Domain) => void;
  readonly refused: (alert: TlsAlertName) => void;
}

/**
 * Reads the ClientHello before OpenSSL does. So the certificate is known when TLS begins, a name that we do not have
 * costs no more than a look at a table, and its client is told so (RFC 8461 §7.1; alert `unrecognized_name`, RFC 6066
 * §3), which Node cannot do once it has begun.
 */
export function acceptTls(raw: Socket, tracked: Tracked, options: TlsConnectionOptions): void {
  let arrived: Buffer | undefined;

  const refuse = (alert: TlsAlertName): void => {
    options.refused(alert);
    tracked.enter('closing');
    raw.resume();
    raw.end(formatTlsAlert(alert));
  };

  const begin = (
    hello: ClientHello,
    context: SecureContext | undefined,
    protocol: string,
    site: Domain | undefined,
  ): void => {
    if (raw.destroyed) return;
    if (context === undefined) return refuse('unrecognized-name');
    const secure = new TLSSocket(raw, {
      isServer: true,
      secureContext: context,
      ...(hello.protocols === undefined ? {} : { ALPNProtocols: [protocol] }),
    });
    // What breaks a handshake or a connection is the client's affair; 'close' follows.
    secure.on('error', () => raw.destroy());
    secure.once('secure', () => {
      if (site === undefined) secure.end();
      else tracked.enter('request');
    });
    if (site !== undefined) options.serve(secure, site);
  };

  const choose = (hello: ClientHello): void => {
    const { serverName = '', protocols } = hello;
    if (protocols?.length === 1 && protocols[0] === ACME_PROTOCOL)
      return begin(hello, options.challenges.findAlpn(serverName), ACME_PROTOCOL, undefined);
    const site = policyDomainOf(serverName);
    if (site === undefined) return refuse('unrecognized-name');
    options.certificates.lend(site, (context) => begin(hello, context, HTTP_PROTOCOL, site));
  };

  const read = (chunk: Buffer): void => {
    arrived = arrived === undefined ? chunk : Buffer.concat([arrived, chunk]);
    const reading = readClientHello(arrived);
    if (reading.kind === 'partial') return;
    raw.off('data', read);
    raw.off('end', hangUp);
    raw.pause();
    if (reading.kind === 'bad') return refuse(reading.alert);
    raw.unshift(arrived);
    choose(reading.hello);
  };

  const hangUp = (): void => void raw.destroy();

  raw.on('data', read);
  raw.on('end', hangUp);
}
