import type { Socket } from 'node:net';
import type { PemPair } from '../key-files/index.ts';
import type { ChannelEvents, Channel } from './channel.ts';

/** A certificate chain with its key, ready to be shown in any number of handshakes. */
export interface TlsCertificate {
  /** Gives the memory back, some ten KB outside the heap. Connections that show it go on. */
  release(): void;
}

/** What is agreed on by ALPN (RFC 7301): policies are fetched with the one, tls-alpn-01 (RFC 8737) wants the other. */
export type ServerProtocol = 'http/1.1' | 'acme-tls/1';

export interface ServeTlsOptions {
  /** What was read of the connection already, from its beginning. */
  readonly arrived: Buffer;
  readonly certificate: TlsCertificate;
  /** Told to a client that offers protocols, which must have offered this one. */
  readonly protocol: ServerProtocol;
  /** Whether the ClientHello offers TLS 1.3, which then is the version that is spoken. */
  readonly offersTls13: boolean;
  readonly events: TlsEvents;
}

export interface TlsEvents extends ChannelEvents {
  /** The handshake is over. */
  secured(): void;
}

/** TLS 1.2 and 1.3 for a server that has read the ClientHello itself and chosen the certificate by it. */
export interface ServerTls {
  /** @throws {Error} when key and certificate are broken, too weak or not a pair. */
  prepare(pair: PemPair): TlsCertificate;
  /**
   * Speaks TLS on a connection whose ClientHello was read. A client that breaks the protocol is sent an alert and loses
   * its connection. Nothing of it can be data yet, so `events` are told of none before this returns.
   *
   * @throws {Error} when OpenSSL has no memory.
   */
  serve(socket: Socket, options: ServeTlsOptions): Channel;
}
