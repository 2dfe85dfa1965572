import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { CertificateBook, ChallengeBook, ObserveFetch, PolicyBook } from './books.ts';
import {
  type AddressRanges,
  addressGroup,
  createAddressRanges,
  forwardedAddress,
  plainAddress,
} from './client-address.ts';
import { type ConnectionTable, createConnectionTable, type Tracked } from './connection-table.ts';
import { DEFAULT_HOST_LIMITS, type HostLimits } from './host-limits.ts';
import { HttpConnection, type HttpConnectionOptions, type Respond } from './http-connection.ts';
import { createChallengeResponder, createPolicyResponder } from './respond.ts';
import { TlsConnection } from './tls-connection.ts';
import { createBaseContext } from './tls-contexts.ts';

/** What a listener speaks: policies over TLS, policies in clear behind a proxy, challenges of http-01 in clear. */
export type ListenerKind = 'https' | 'plain' | 'http';

/** An address, or a socket that is open already (systemd). */
export type ListenTarget = ListenOptions | { readonly fd: number };

/** What happens at the host, for whoever counts. */
export interface HostObserver {
  /** A request was answered. */
  answered?(listener: ListenerKind, status: number): void;
  /**
   * A connection ended without an answer: the name of the TLS alert that was sent; `crowded` if it had to make room;
   * or what the client took too long for.
   */
  dropped?(why: string): void;
}

export interface PolicyHostOptions {
  readonly policies: PolicyBook;
  readonly certificates: CertificateBook;
  readonly challenges: ChallengeBook;
  readonly observeFetch: ObserveFetch;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Partial<HostLimits>;
  /** Addresses or CIDR ranges of proxies whose `X-Forwarded-For` is believed, on `plain`. Default: none. */
  readonly trustedProxies?: readonly string[];
  readonly observer?: HostObserver;
}

/** The policy hosts of all our domains (RFC 8461 §3.2), told apart by SNI and `Host`. */
export interface PolicyHost {
  /** Listens; resolves to `address:port` or the path, rejects with the system's error. Any number of listeners. */
  listen(kind: ListenerKind, where: ListenTarget): Promise<string>;
  /** Open connections of all listeners. */
  readonly connections: number;
  /** Accepts no more, answers what was asked, then closes every connection. */
  close(): Promise<void>;
}

/** As many as the kernel lets wait to be accepted, as a rule. */
const BACKLOG = 4096;
const LONGEST_SWEEP_MS = 1000;
/** A failure of ours is reported again after so long, not for each request. */
const REPORT_MS = 60_000;

/** @throws TypeError on a trusted proxy that is neither an address nor a range. */
export function createPolicyHost(options: PolicyHostOptions): PolicyHost {
  return new Host(options);
}

class Host implements PolicyHost {
  readonly #options: PolicyHostOptions;
  readonly #limits: HostLimits;
  readonly #observer: HostObserver;
  readonly #trusted: AddressRanges;
  readonly #table: ConnectionTable;
  readonly #baseContext = createBaseContext();
  readonly #servers = new Set<Server>();
  readonly #sweeping: NodeJS.Timeout;
  #isStopping = false;
  #reportedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: PolicyHostOptions) {
    const limits = { ...DEFAULT_HOST_LIMITS, ...options.limits };
    const observer = options.observer ?? {};
    this.#options = options;
    this.#limits = limits;
    this.#observer = observer;
    this.#trusted = createAddressRanges(options.trustedProxies ?? []);
    this.#table = createConnectionTable(
      limits,
      () => performance.now(),
      (why) => observer.dropped?.(why),
    );
    const shortest = Math.min(limits.handshakeMs, limits.requestMs, limits.idleMs, limits.answerMs);
    const everyMs = Math.min(shortest / 4, LONGEST_SWEEP_MS);
    this.#sweeping = setInterval(() => this.#table.sweep(), everyMs).unref();
  }

  get connections(): number {
    return this.#table.size;
  }

  listen(kind: ListenerKind, where: ListenTarget): Promise<string> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (raw) =>
      this.#connect(kind, raw),
    );
    this.#servers.add(server);
    return listen(server, where);
  }

  async close(): Promise<void> {
    this.#isStopping = true;
    const closed = [...this.#servers].map(closeServer);
    this.#table.dropAll('waiting');
    const late = setTimeout(() => this.#table.dropAll('all'), this.#limits.stopMs);
    await Promise.all(closed);
    clearTimeout(late);
    clearInterval(this.#sweeping);
  }

  #connect(kind: ListenerKind, raw: Socket): void {
    const peer = plainAddress(raw.remoteAddress ?? '');
    const group = kind === 'plain' && this.#isTrusted(peer) ? undefined : addressGroup(peer);
    const tracked = this.#table.add(group, () => raw.destroy());
    // A reset is the client's affair: 'close' follows, and there is nothing to mend.
    raw.on('error', () => raw.destroy());
    if (tracked === undefined) {
      this.#observer.dropped?.('crowded');
      raw.destroy();
      return;
    }
    raw.on('close', () => tracked.leave());
    if (kind === 'https') this.#acceptTls(raw, tracked, peer);
    else this.#acceptClear(kind, raw, tracked, peer);
  }

  #acceptTls(raw: Socket, tracked: Tracked, peer: string): void {
    const { policies, certificates, challenges, observeFetch } = this.#options;
    new TlsConnection(raw, tracked, {
      baseContext: this.#baseContext,
      certificates,
      challenges,
      serve: (secure, site) => {
        const respond = createPolicyResponder(policies, observeFetch, site);
        this.#serve('https', secure, tracked, respond, () => peer);
      },
      refused: (alert) => this.#observer.dropped?.(alert),
      failed: (error) => this.#reportFailure('TLS cannot begin', error),
    }).start();
  }

  #acceptClear(kind: 'plain' | 'http', raw: Socket, tracked: Tracked, peer: string): void {
    const { policies, challenges, observeFetch } = this.#options;
    tracked.enter('request');
    if (kind === 'http')
      return this.#serve(kind, raw, tracked, createChallengeResponder(challenges), () => peer);
    const addressOf: HttpConnectionOptions['addressOf'] = this.#isTrusted(peer)
      ? (head) => forwardedAddress(peer, head.forwardedFor, this.#trusted)
      : () => peer;
    this.#serve(kind, raw, tracked, createPolicyResponder(policies, observeFetch), addressOf);
  }

  #serve(
    kind: ListenerKind,
    socket: Socket,
    tracked: Tracked,
    respond: Respond,
    addressOf: HttpConnectionOptions['addressOf'],
  ): void {
    new HttpConnection(socket, tracked, {
      respond,
      addressOf,
      mostRequests: this.#limits.requestsPerConnection,
      now: () => this.#options.clock.now(),
      isStopping: () => this.#isStopping,
      answered: (status) => this.#observer.answered?.(kind, status),
      failed: (error) => this.#reportFailure('policy cannot be read', error),
    }).start();
  }

  /** Only who may open a Unix socket is at its other end, and it has no address. */
  #isTrusted(peer: string): boolean {
    return peer === '' || this.#trusted.includes(peer);
  }

  #reportFailure(event: string, error: unknown): void {
    if (performance.now() - this.#reportedAtMs < REPORT_MS) return;
    this.#reportedAtMs = performance.now();
    this.#options.log.error(event, { error });
  }
}

function listen(server: Server, where: ListenTarget): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ backlog: BACKLOG, ...where }, () => {
      server.off('error', reject);
      resolve(formatAddress(server));
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function formatAddress(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') return address ?? '';
  return address.family === 'IPv6'
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`;
}
