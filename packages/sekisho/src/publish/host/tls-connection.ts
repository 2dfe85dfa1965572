import type { Socket } from 'node:net';
import type { Domain } from '@sekisho/spec';
import type {
  Channel,
  OpenChannel,
  ServerProtocol,
  ServerTls,
  TlsCertificate,
  TlsEvents,
} from '../../io/tls/index.ts';
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
  readonly tls: ServerTls;
  readonly certificates: CertificateBook;
  readonly challenges: ChallengeBook;
  /** A client wants the policy of this domain, and is shown its certificate when the channel is opened. */
  readonly serve: (open: OpenChannel, site: Domain) => void;
  readonly refused: (alert: TlsAlertName) => void;
  /** Why OpenSSL would not begin; the client is refused. */
  readonly failed: (error: unknown) => void;
}

/**
 * Reads the ClientHello before OpenSSL does. So the certificate is chosen and loaded when TLS begins, and a name that we
 * do not have costs no more than a look at a table, and its client is told so (RFC 8461 §7.1; alert
 * `unrecognized_name`, RFC 6066 §3).
 */
export function acceptTls(raw: Socket, tracked: Tracked, options: TlsConnectionOptions): void {
  let arrived: Buffer = NOTHING;

  const refuse = (alert: TlsAlertName): void => {
    options.refused(alert);
    tracked.enter('closing');
    raw.resume();
    raw.end(formatTlsAlert(alert));
  };

  const attempt = (show: () => void): void => {
    try {
      show();
    } catch (error) {
      options.failed(error);
      refuse('internal-error');
    }
  };

  const begin = (hello: ClientHello, shown: Shown, events: TlsEvents): Channel => {
    const { offersTls13 } = hello;
    const channel = options.tls.serve(raw, { ...shown, arrived, offersTls13, events });
    raw.resume();
    return channel;
  };

  const showChallenge = (hello: ClientHello, certificate: TlsCertificate | undefined): void => {
    if (certificate === undefined) return refuse('unrecognized-name');
    const channel = begin(
      hello,
      { certificate, protocol: ACME_PROTOCOL },
      {
        // There is nothing to say but who we are (RFC 8737 §3).
        secured: () => channel.end(),
        data: () => undefined,
        ended: () => channel.close(),
        drained: () => undefined,
      },
    );
  };

  const showPolicy = (
    hello: ClientHello,
    certificate: TlsCertificate | undefined,
    site: Domain,
  ): void => {
    if (raw.destroyed) return;
    if (certificate === undefined) return refuse('unrecognized-name');
    if (hello.protocols?.includes(HTTP_PROTOCOL) === false)
      return refuse('no-application-protocol');
    const secured = (): void => tracked.enter('request');
    const shown = { certificate, protocol: HTTP_PROTOCOL } as const;
    options.serve((events) => begin(hello, shown, { ...events, secured }), site);
  };

  const choose = (hello: ClientHello): void => {
    const { serverName = '', protocols } = hello;
    if (protocols?.length === 1 && protocols[0] === ACME_PROTOCOL)
      return attempt(() => showChallenge(hello, options.challenges.findAlpn(serverName)));
    const site = policyDomainOf(serverName);
    if (site === undefined) return refuse('unrecognized-name');
    const isLent = options.certificates.lend(site, (certificate) =>
      attempt(() => showPolicy(hello, certificate, site)),
    );
    if (!isLent) raw.pause();
  };

  const read = (chunk: Buffer): void => {
    arrived = arrived === NOTHING ? chunk : Buffer.concat([arrived, chunk]);
    const reading = readClientHello(arrived);
    if (reading.kind === 'partial') return;
    raw.off('data', read);
    raw.off('end', hangUp);
    if (reading.kind === 'bad') return refuse(reading.alert);
    choose(reading.hello);
  };

  const hangUp = (): void => void raw.destroy();

  raw.on('data', read);
  raw.on('end', hangUp);
}

interface Shown {
  readonly certificate: TlsCertificate;
  readonly protocol: ServerProtocol;
}
