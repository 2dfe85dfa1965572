import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { Domain } from '@sekisho/spec';
import type { CertificateBook, ChallengeBook } from './books.ts';
import { type ClientHello, readClientHello } from './client-hello.ts';
import type { Tracked } from './connection-table.ts';
import { policyDomainOf } from './host-name.ts';
import { formatTlsAlert, type TlsAlertName } from './tls-alert.ts';

/** The short name of the protocol that policies are fetched with (RFC 7301). */
const HTTP_PROTOCOL = 'http/1.1';
/** RFC 8737 §6.2. */
const ACME_PROTOCOL = 'acme-tls/1';

const NOTHING = Buffer.alloc(0);

export interface TlsConnectionOptions {
  readonly baseContext: SecureContext;
  readonly certificates: CertificateBook;
  readonly challenges: ChallengeBook;
  /** A client wants the policy of this domain, and is shown its certificate. */
  readonly serve: (secure: TLSSocket, site: Domain) => void;
  readonly refused: (alert: TlsAlertName) => void;
  /** Why Node would not begin TLS; the connection is closed. */
  readonly failed: (error: unknown) => void;
}

/**
 * A connection until its TLS has begun. Reads the ClientHello before OpenSSL does. So the certificate is chosen and
 * loaded when TLS begins, and a name that we do not have costs no more than a look at a table, and its client is told so
 * (RFC 8461 §7.1; alert `unrecognized_name`, RFC 6066 §3), which Node cannot do once it has begun.
 */
export class TlsConnection {
  readonly #raw: Socket;
  readonly #tracked: Tracked;
  readonly #options: TlsConnectionOptions;
  #arrived: Buffer = NOTHING;

  constructor(raw: Socket, tracked: Tracked, options: TlsConnectionOptions) {
    this.#raw = raw;
    this.#tracked = tracked;
    this.#options = options;
  }

  start(): void {
    this.#raw.on('data', this.#read);
    // Whoever sends nothing more before a handshake can never end one.
    this.#raw.on('end', () => this.#raw.destroy());
  }

  readonly #read = (chunk: Buffer): void => {
    this.#arrived = this.#arrived === NOTHING ? chunk : Buffer.concat([this.#arrived, chunk]);
    const reading = readClientHello(this.#arrived);
    if (reading.kind === 'partial') return;
    this.#raw.off('data', this.#read);
    if (reading.kind === 'bad') return this.#refuse(reading.alert);
    this.#raw.pause();
    this.#raw.unshift(this.#arrived);
    this.#arrived = NOTHING;
    this.#choose(reading.hello);
  };

  #choose(hello: ClientHello): void {
    const { certificates, challenges } = this.#options;
    const { serverName = '', protocols } = hello;
    if (protocols?.length === 1 && protocols[0] === ACME_PROTOCOL)
      return this.#answerChallenge(challenges.findAlpn(serverName));
    const site = policyDomainOf(serverName);
    if (site === undefined) return this.#refuse('unrecognized-name');
    certificates.lend(site, (certificate) => this.#servePolicy(hello, certificate, site));
  }

  /** There is nothing to say but who we are (RFC 8737 §3). */
  #answerChallenge(certificate: SecureContext | undefined): void {
    if (certificate === undefined) return this.#refuse('unrecognized-name');
    const secure = this.#begin(certificate, ACME_PROTOCOL);
    secure?.once('secure', () => secure.end());
    secure?.once('end', () => secure.end());
    secure?.resume();
  }

  #servePolicy(hello: ClientHello, certificate: SecureContext | undefined, site: Domain): void {
    if (this.#raw.destroyed) return;
    if (certificate === undefined) return this.#refuse('unrecognized-name');
    if (hello.protocols?.includes(HTTP_PROTOCOL) === false)
      return this.#refuse('no-application-protocol');
    const secure = this.#begin(certificate, HTTP_PROTOCOL);
    if (secure === undefined) return;
    secure.once('secure', () => this.#tracked.enter('request'));
    this.#options.serve(secure, site);
  }

  /** OpenSSL sees what has arrived from the first byte on, once this turn is over. */
  #begin(certificate: SecureContext, protocol: string): TLSSocket | undefined {
    const raw = this.#raw;
    try {
      const secure = new TLSSocket(raw, {
        isServer: true,
        secureContext: this.#options.baseContext,
        ALPNProtocols: [protocol],
      });
      // What breaks a handshake or a connection is the client's affair; 'close' follows.
      secure.on('error', () => raw.destroy());
      // The connection takes the certificate now: the context may be released afterwards.
      secure.setKeyCert(certificate);
      return secure;
    } catch (error) {
      this.#options.failed(error);
      raw.destroy();
      return undefined;
    }
  }

  #refuse(alert: TlsAlertName): void {
    this.#options.refused(alert);
    this.#tracked.enter('closing');
    this.#raw.resume();
    this.#raw.end(formatTlsAlert(alert));
  }
}
