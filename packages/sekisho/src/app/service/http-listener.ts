import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ListenOptions } from 'node:net';
import { createServer } from '../../io/node-http/index.ts';
import type { ListenAddress } from '../config/index.ts';
import { listenOn } from './listening.ts';

/** What a route answers: a status, and JSON or text. */
export interface HttpResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** JSON for machines; people read it through `jq`. */
export function json(value: unknown, status = 200): HttpResponse {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value)}\n` };
}

/** What a request holds beside its method and path. */
export interface RequestDetails {
  readonly query: URLSearchParams;
  /** Not yet read, and bounded; undefined when it is longer than 64 KiB. */
  readonly readBody: () => Promise<string | undefined>;
}

/** Answers a request by its method and path; undefined where there is nothing. */
export type Route = (
  method: string,
  path: readonly string[],
  details: RequestDetails,
) => Promise<HttpResponse> | undefined;

/** Answers requests to one path by itself, of whatever method and length. Must not reject. */
export type PathHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** An HTTP listener that runs. */
export interface HttpListener {
  close(): Promise<void>;
}

const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  maxHeaderSize: 8192,
};
const MOST_CONNECTIONS = 256;
const LONGEST_BODY_BYTES = 65_536;

/** Serves routes on one address until it is closed. A body is read only by a route that wants it. */
export async function startHttpListener(
  routes: readonly Route[],
  address: ListenAddress | { readonly kind: 'fd'; readonly fd: number },
  socketMode: number,
  handlers: ReadonlyMap<string, PathHandler> = new Map(),
): Promise<HttpListener> {
  const server = createServer(LIMITS, (request, response) => {
    const handler = handlers.get(request.url ?? '');
    if (handler !== undefined) void handler(request, response);
    else void respond(routes, request).then((answer) => send(response, answer));
  });
  server.maxConnections = MOST_CONNECTIONS;
  const listen = (where: ListenOptions | { readonly fd: number }): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(where, () => {
        server.off('error', reject);
        resolve();
      });
    });
  if (address.kind === 'fd') await listen({ fd: address.fd });
  else await listenOn(address, listen, socketMode);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(routes: readonly Route[], request: IncomingMessage): Promise<HttpResponse> {
  const { method = 'GET', url = '/' } = request;
  const path = splitPath(url);
  const details: RequestDetails = {
    query: new URLSearchParams(url.split('?')[1]),
    readBody: () => readBody(request),
  };
  if (path === undefined) return json({ error: 'bad-path' }, 400);
  try {
    for (const route of routes) {
      const answer = route(method, path, details);
      if (answer !== undefined) return await answer;
    }
  } catch (error) {
    return json({ error: 'unavailable', message: String(error) }, 503);
  }
  return json({ error: 'not-found' }, 404);
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > LONGEST_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The decoded parts of the path; undefined if it cannot be decoded. */
function splitPath(url: string): readonly string[] | undefined {
  const [path = ''] = url.split('?');
  try {
    return path.split('/').slice(1).map(decodeURIComponent);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function send(response: ServerResponse, { status, contentType, body }: HttpResponse): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}
