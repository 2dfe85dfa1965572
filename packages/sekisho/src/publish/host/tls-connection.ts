import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket, type TLSSocketOptions } from 'node:tls';
import type { Domain } from '@sekisho/spec';
import type { CertificateBook, ChallengeBook, Credential } from './books.ts';
import { type ClientHello, readClientHello } from './client-hello.ts';
import type { Tracked } from './connection-table.ts';
import { policyDomainOf } from './host-name.ts';
import { ACME_PROTOCOL, HTTP_PROTOCOL } from './secure-context.ts';
import type { SharedContexts } from './shared-contexts.ts';
import { formatTlsAlert, type TlsAlertName } from './tls-alert.ts';

export interface TlsConnectionOptions {
  readonly contexts: SharedContexts;
  readonly certificates: CertificateBook;
  readonly challenges: ChallengeBook;
  /** A client wants the policy of this domain, and is shown its certificate. */
  readonly serve: (secure: TLSSocket, site: Domain) => void;
  readonly refused: (alert: TlsAlertName) => void;
}

/**
 * Reads the ClientHello before OpenSSL does. So the certificate is loaded when TLS begins, a name that we do not have
 * costs no more than a look at a table, and its client is told so (RFC 8461 §7.1; alert `unrecognized_name`, RFC 6066
 * §3), which Node cannot do once it has begun. OpenSSL asks for the certificate only if no session is resumed.
 */
export function acceptTls(raw: Socket, tracked: Tracked, options: TlsConnectionOptions): void {
  let arrived: Buffer | undefined;

  const refuse = (alert: TlsAlertName): void => {
    options.refused(alert);
    tracked.enter('closing');
    raw.resume();
    raw.end(formatTlsAlert(alert));
  };

  const begin = (hello: ClientHello, tls: TLSSocketOptions, protocol: string): TLSSocket => {
    const secure = new TLSSocket(raw, {
      isServer: true,
      ...tls,
      ...(hello.protocols === undefined ? {} : { ALPNProtocols: [protocol] }),
    });
    // What breaks a handshake or a connection is the client's affair; 'close' follows.
    secure.on('error', () => raw.destroy());
    return secure;
  };

  const showChallenge = (hello: ClientHello, secureContext: SecureContext | undefined): void => {
    if (secureContext === undefined) return refuse('unrecognized-name');
    const secure = begin(hello, { secureContext }, ACME_PROTOCOL);
    secure.once('secure', () => secure.end());
  };

  const showPolicy = (
    hello: ClientHello,
    credential: Credential | undefined,
    site: Domain,
  ): void => {
    if (raw.destroyed) return;
    if (credential === undefined) return refuse('unrecognized-name');
    const secureContext = options.contexts.contextFor(hello.offersTls13);
    const SNICallback: TLSSocketOptions['SNICallback'] = (_, show) =>
      show(null, credential.context());
    const secure = begin(hello, { secureContext, SNICallback }, HTTP_PROTOCOL);
    secure.once('secure', () => tracked.enter('request'));
    options.serve(secure, site);
  };

  const choose = (hello: ClientHello): void => {
    const { serverName = '', protocols } = hello;
    if (protocols?.length === 1 && protocols[0] === ACME_PROTOCOL)
      return showChallenge(hello, options.challenges.findAlpn(serverName));
    const site = policyDomainOf(serverName);
    if (site === undefined) return refuse('unrecognized-name');
    options.certificates.lend(site, (credential) => showPolicy(hello, credential, site));
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
