import { createServer, type ListenOptions, type Server } from 'node:net';
import { createWriteTurn } from '../io/write-turn/index.ts';
import type { Responder } from './responder.ts';
import {
  type ConnectionLimits,
  type ConnectionObserver,
  SocketmapConnection,
} from './socketmap-connection.ts';

export interface SocketmapServerOptions extends Partial<ConnectionLimits> {
  /** Answers a request; see {@link Responder}. */
  readonly reply: Responder['reply'];
  readonly observer: ConnectionObserver;
  /** A connection on which nothing is asked for so long is closed; Postfix itself closes after 10 s. Default 120,000. */
  readonly idleMs?: number;
  /** Connections at once; more are closed at once. Default 4096. */
  readonly maxConnections?: number;
  /** How long a stop waits for answers under way, which a lookup's own deadline ends before. Default 20,000. */
  readonly stopMs?: number;
}

/** An address, or a socket that is open already (systemd). */
export type ListenTarget = ListenOptions | { readonly fd: number };

/** A Postfix socketmap server; several addresses are several servers with one responder. */
export interface SocketmapServer {
  /** Listens; rejects with the system's error if it cannot. */
  listen(where: ListenTarget): Promise<void>;
  /** `address:port`, or the path of a Unix socket. */
  address(): string;
  /** Accepts no more, answers what was asked, then closes every connection. */
  close(): Promise<void>;
}

const DEFAULT_REQUEST_MS = 10_000;
const LONGEST_SWEEP_MS = 10_000;

export function createSocketmapServer(options: SocketmapServerOptions): SocketmapServer {
  const { reply, observer, maxConnections = 4096, stopMs = 20_000, idleMs = 120_000 } = options;
  const { requestMs = DEFAULT_REQUEST_MS } = options;
  const connections = new Set<SocketmapConnection>();
  const each = { replyTo: reply, observer, requestMs, turn: createWriteTurn() };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection = new SocketmapConnection(socket, each);
    connections.add(connection);
    socket.on('close', () => connections.delete(connection));
  });
  server.maxConnections = maxConnections;
  // One timer for all: a timer of its own would cost each connection more than its lookups.
  const sweep = setInterval(
    () => {
      for (const connection of connections) connection.closeIfIdle(idleMs);
    },
    Math.min(idleMs / 4, LONGEST_SWEEP_MS),
  ).unref();
  return {
    listen: (where) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(where, () => {
          server.off('error', reject);
          resolve();
        });
      }),
    address: () => formatAddress(server),
    close: () =>
      new Promise((resolve) => {
        const late = setTimeout(() => {
          for (const connection of connections) connection.destroy();
        }, stopMs);
        clearInterval(sweep);
        server.close(() => {
          clearTimeout(late);
          resolve();
        });
        for (const connection of connections) connection.finish();
      }),
  };
}

function formatAddress(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') return address ?? '';
  return address.family === 'IPv6'
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`;
}
