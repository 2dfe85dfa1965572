import { createServer, type ServerResponse } from 'node:http';
import type { ListenOptions } from 'node:net';
import type { ListenAddress } from '../config/index.ts';
import { type HttpResponse, json } from './json-response.ts';
import { listenOn } from './listening.ts';

/** Answers a request by its method and path; undefined where there is nothing. */
export type Route = (method: string, path: readonly string[]) => Promise<HttpResponse> | undefined;

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

/** Serves routes on one address until it is closed. Requests have no bodies; theirs are not read. */
export async function startHttpListener(
  routes: readonly Route[],
  address: ListenAddress | { readonly kind: 'fd'; readonly fd: number },
  socketMode: number,
): Promise<HttpListener> {
  const server = createServer(LIMITS, (request, response) => {
    void respond(routes, request.method ?? 'GET', request.url ?? '/').then((answer) =>
      send(response, answer),
    );
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

async function respond(
  routes: readonly Route[],
  method: string,
  url: string,
): Promise<HttpResponse> {
  const path = splitPath(url);
  if (path === undefined) return json({ error: 'bad-path' }, 400);
  try {
    for (const route of routes) {
      const answer = route(method, path);
      if (answer !== undefined) return await answer;
    }
  } catch (error) {
    return json({ error: 'unavailable', message: String(error) }, 503);
  }
  return json({ error: 'not-found' }, 404);
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
