import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http';
import type { ListenOptions } from 'node:net';
import { createServer } from '../../io/node-http/index.ts';
import { createPostDoor, type PostDoorOptions, type PostReply } from './post-door.ts';

export interface PostListenerOptions extends PostDoorOptions {
  /**
   * Whose requests count together, from the peer's address and `X-Forwarded-For`. Default: the peer's address alone, so
   * that behind a proxy all count as one.
   */
  readonly clientOf?: (peer: string, forwardedFor: string | undefined) => string;
  /** For a whole request. Default 60,000. */
  readonly requestMs?: number;
  /** How long a stop waits for requests under way. Default 10,000. */
  readonly stopMs?: number;
  /** Makes the server with these bounds, for a listener that does TLS itself. Default: plain HTTP. */
  readonly makeServer?: (bounds: ServerOptions) => Server;
}

/** A handler of requests. It never rejects. */
export type PostHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** An address, or a socket that is open already (systemd). */
export type PostListenTarget = ListenOptions | { readonly fd: number };

/** Takes reports by HTTP; TLS is the proxy's in front of it, or of whoever makes the server. */
export interface PostListener {
  /** Listens; rejects with the system's error if it cannot. */
  listen(where: PostListenTarget): Promise<void>;
  /** Takes no more, answers what is under way, then closes every connection. */
  close(): Promise<void>;
}

const HEADERS_MS = 10_000;
const LARGEST_HEAD_BYTES = 8192;
const MOST_CONNECTIONS = 256;
const REQUESTS_PER_CONNECTION = 100;
const CHECK_EVERY_MS = 5000;

/**
 * A handler for a server of somebody else's: for requests and, so that nobody sends a body in vain, for `checkContinue`.
 * A request is cut when it takes longer than `requestMs`.
 */
export function createPostHandler(options: PostListenerOptions): PostHandler {
  const { clock, log, clientOf = (peer) => peer, requestMs = 60_000 } = options;
  const door = createPostDoor(options);
  return async (request, response) => {
    // Destroying the request ends the read below.
    const cancel = clock.after(requestMs, () => request.destroy());
    const forwardedFor = request.headers['x-forwarded-for'];
    const peer = request.socket.remoteAddress ?? 'unix';
    const client = clientOf(peer, Array.isArray(forwardedFor) ? forwardedFor.join() : forwardedFor);
    try {
      const admission = door.admit(toHead(request), client);
      if ('status' in admission) return send(request, response, admission);
      if (isWaiting(request)) response.writeContinue();
      send(request, response, await admission.receive(bodyOf(request)));
    } catch (error) {
      log.debug('post was broken off', { from: client, error });
      request.destroy();
    } finally {
      cancel();
    }
  };
}

/** A listener of our own for reports alone. */
export function createPostListener(options: PostListenerOptions): PostListener {
  const { clock, requestMs = 60_000, stopMs = 10_000, makeServer = createServer } = options;
  const handle = createPostHandler(options);
  const underWay = new Set<ServerResponse>();
  let isClosing = false;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.shouldKeepAlive &&= !isClosing;
    underWay.add(response);
    await handle(request, response);
    underWay.delete(response);
  };
  const server = makeServer({
    headersTimeout: Math.min(HEADERS_MS, requestMs),
    requestTimeout: requestMs,
    keepAliveTimeout: 5000,
    connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, requestMs),
    maxHeaderSize: LARGEST_HEAD_BYTES,
  });
  server.on('request', (request, response) => void answer(request, response));
  server.on('checkContinue', (request, response) => void answer(request, response));
  server.maxConnections = MOST_CONNECTIONS;
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION;
  return {
    listen: (where) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(where, () => {
          server.off('error', reject);
          resolve();
        });
      }),
    close: () =>
      new Promise((resolve) => {
        const cancel = clock.after(stopMs, () => server.closeAllConnections());
        server.close(() => {
          cancel();
          resolve();
        });
        isClosing = true;
        for (const response of underWay) response.shouldKeepAlive = false;
        server.closeIdleConnections();
      }),
  };
}

function toHead(
  request: IncomingMessage,
): Parameters<ReturnType<typeof createPostDoor>['admit']>[0] {
  const { method = '', url = '', headers } = request;
  return {
    method,
    target: url,
    contentType: headers['content-type'],
    contentEncoding: headers['content-encoding'],
    contentLength: headers['content-length'],
  };
}

function isWaiting({ headers, httpVersion }: IncomingMessage): boolean {
  return httpVersion !== '1.0' && headers.expect?.toLowerCase() === '100-continue';
}

/** The socket has to live on for the reply when the body is left unread. */
function bodyOf(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
}

/** A body that was not read to its end ends the connection: what follows could not be told from it. */
function send(request: IncomingMessage, response: ServerResponse, reply: PostReply): void {
  response.writeHead(reply.status, {
    ...reply.headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(reply.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(!request.readableEnded && { connection: 'close' }),
  });
  response.end(reply.body);
}
