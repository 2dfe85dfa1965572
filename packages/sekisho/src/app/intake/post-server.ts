import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createPostHandler,
  createPostListener,
  type PostListener,
  type PostListenerOptions,
} from '../../intake/index.ts';
import { ConfigError } from '../config/config-error.ts';
import { readTlsPair, type TlsFiles, watchTlsFiles } from './tls-files.ts';

export interface PostServerOptions extends PostListenerOptions {
  /** Absent: plain HTTP, for a web server in front. */
  readonly tls?: TlsFiles;
}

const REQUEST_MS = 60_000;
const STOP_MS = 10_000;
const LIMITS = {
  handshakeTimeout: 10_000,
  headersTimeout: 10_000,
  requestTimeout: REQUEST_MS,
  keepAliveTimeout: 5000,
  maxHeaderSize: 8192,
};
const MOST_CONNECTIONS = 256;
const REQUESTS_PER_CONNECTION = 100;

/** Takes reports by HTTP or HTTPS. @throws ConfigError when the certificate cannot be used. */
export function createPostServer({ tls, ...options }: PostServerOptions): PostListener {
  return tls === undefined ? createPostListener(options) : createHttpsListener(tls, options);
}

function createHttpsListener(files: TlsFiles, options: PostListenerOptions): PostListener {
  const { clock } = options;
  const handle = createPostHandler({ ...options, requestMs: REQUEST_MS });
  const server = createServer(files);
  let isClosing = false;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    response.shouldKeepAlive &&= !isClosing;
    void handle(request, response);
  };
  server.on('request', answer);
  server.on('checkContinue', answer);
  server.maxConnections = MOST_CONNECTIONS;
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION;
  const watching = watchTlsFiles(files, (pair) => server.setSecureContext(pair), options);
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
        watching.stop();
        isClosing = true;
        const cancel = clock.after(STOP_MS, () => server.closeAllConnections());
        server.close(() => {
          cancel();
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

function createServer(files: TlsFiles) {
  const pair = readTlsPair(files);
  try {
    return process.getBuiltinModule('node:https').createServer({ ...LIMITS, ...pair });
  } catch (error) {
    const message = `given is ${JSON.stringify(files.certificateFile)}; certificate and key cannot be used: ${(error as Error).message}`;
    throw new ConfigError([{ where: 'intake.post.certificateFile', message }]);
  }
}
