import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import type { Domain } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import type { Log } from '../../io/log/index.ts';
import { type OpenChannel, openClearChannel, type ServerTls } from '../../io/tls/index.ts';
import type { CertificateBook, ChallengeBook, ObserveFetch, PolicyBook } from './books.ts';
import {
  addressGroup,
  createAddressRanges,
  forwardedAddress,
  plainAddress,
} from './client-address.ts';
import { createConnectionTable, type Tracked } from './connection-table.ts';
import { DEFAULT_HOST_LIMITS, type HostLimits } from './host-limits.ts';
import { type HttpConnectionOptions, type Respond, serveHttp } from './http-connection.ts';
import { createChallengeResponder } from './respond-challenge.ts';
import { createPolicyResponder } from './respond-policy.ts';
import { acceptTls } from './tls-connection.ts';

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
  readonly tls: ServerTls;
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
  const { tls, policies, certificates, challenges, observeFetch, clock, log } = options;
  const { observer = {} } = options;
  const limits = { ...DEFAULT_HOST_LIMITS, ...options.limits };
  const trusted = createAddressRanges(options.trustedProxies ?? []);
  const table = createConnectionTable(
    limits,
    () => performance.now(),
    (why) => observer.dropped?.(why),
  );
  const servers = new Set<Server>();
  let isStopping = false;
  let reportedAtMs = Number.NEGATIVE_INFINITY;

  const reportFailure = (event: string, error: unknown): void => {
    if (performance.now() - reportedAtMs < REPORT_MS) return;
    reportedAtMs = performance.now();
    log.error(event, { error });
  };

  const httpOptions = (
    kind: ListenerKind,
    respond: Respond,
    addressOf: HttpConnectionOptions['addressOf'],
  ): HttpConnectionOptions => ({
    respond,
    addressOf,
    mostRequests: limits.requestsPerConnection,
    now: () => clock.now(),
    isStopping: () => isStopping,
    answered: (status) => observer.answered?.(kind, status),
    failed: (error) => reportFailure('policy cannot be read', error),
  });

  const accept: Readonly<
    Record<ListenerKind, (raw: Socket, tracked: Tracked, peer: string) => void>
  > = {
    https: (raw, tracked, peer) =>
      acceptTls(raw, tracked, {
        tls,
        certificates,
        challenges,
        serve: (open, site: Domain) =>
          serveHttp(
            open,
            tracked,
            httpOptions('https', createPolicyResponder(policies, observeFetch, site), () => peer),
          ),
        refused: (alert) => observer.dropped?.(alert),
        failed: (error) => reportFailure('TLS cannot begin', error),
      }),
    plain: (raw, tracked, peer) => {
      tracked.enter('request');
      const addressOf: HttpConnectionOptions['addressOf'] = isTrusted(peer)
        ? (head) => forwardedAddress(peer, head.forwardedFor, trusted)
        : () => peer;
      const respond = createPolicyResponder(policies, observeFetch);
      serveHttp(clear(raw), tracked, httpOptions('plain', respond, addressOf));
    },
    http: (raw, tracked, peer) => {
      tracked.enter('request');
      const respond = createChallengeResponder(challenges);
      serveHttp(
        clear(raw),
        tracked,
        httpOptions('http', respond, () => peer),
      );
    },
  };

  const clear =
    (raw: Socket): OpenChannel =>
    (events) =>
      openClearChannel(raw, events);

  /** Only who may open a Unix socket is at its other end, and it has no address. */
  const isTrusted = (peer: string): boolean => peer === '' || trusted.includes(peer);

  const connect = (kind: ListenerKind, raw: Socket): void => {
    const peer = plainAddress(raw.remoteAddress ?? '');
    const group = kind === 'plain' && isTrusted(peer) ? undefined : addressGroup(peer);
    const tracked = table.add(group, () => raw.destroy());
    // A reset is the client's affair: 'close' follows, and there is nothing to mend.
    raw.on('error', () => raw.destroy());
    if (tracked === undefined) {
      observer.dropped?.('crowded');
      raw.destroy();
      return;
    }
    raw.on('close', () => tracked.leave());
    accept[kind](raw, tracked, peer);
  };

  const shortest = Math.min(limits.handshakeMs, limits.requestMs, limits.idleMs, limits.answerMs);
  const timer = setInterval(() => table.sweep(), Math.min(shortest / 4, LONGEST_SWEEP_MS)).unref();

  return {
    listen(kind, where) {
      const server = createServer({ allowHalfOpen: true, noDelay: true }, (raw) =>
        connect(kind, raw),
      );
      servers.add(server);
      return listen(server, where);
    },
    get connections() {
      return table.size;
    },
    async close() {
      isStopping = true;
      const closed = [...servers].map(closeServer);
      table.dropAll('waiting');
      const late = setTimeout(() => table.dropAll('all'), limits.stopMs);
      await Promise.all(closed);
      clearTimeout(late);
      clearInterval(timer);
    },
  };
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
