import type { Server, ServerOptions } from 'node:http';
import {
  createPostListener,
  type PostListener,
  type PostListenerOptions,
} from '../../intake/index.ts';
import { ConfigError } from '../config/config-error.ts';
import { readTlsPair, type TlsFiles, watchTlsFiles } from './tls-files.ts';

export interface PostServerOptions extends Omit<PostListenerOptions, 'makeServer'> {
  /** Absent: plain HTTP, for a web server in front. */
  readonly tls?: TlsFiles;
}

const HANDSHAKE_MS = 10_000;

/** Takes reports by HTTP or HTTPS. @throws ConfigError when the certificate cannot be used. */
export function createPostServer({ tls, ...options }: PostServerOptions): PostListener {
  return tls === undefined ? createPostListener(options) : createHttpsListener(tls, options);
}

function createHttpsListener(files: TlsFiles, options: PostListenerOptions): PostListener {
  let watching: ReturnType<typeof watchTlsFiles> | undefined;
  const listener = createPostListener({
    ...options,
    makeServer: (bounds) => {
      const server = createServer(files, bounds);
      watching = watchTlsFiles(files, (pair) => server.setSecureContext(pair), options);
      return server;
    },
  });
  return {
    listen: (where) => listener.listen(where),
    close: () => {
      watching?.stop();
      return listener.close();
    },
  };
}

function createServer(files: TlsFiles, bounds: ServerOptions) {
  const pair = readTlsPair(files);
  const { createServer: create } = process.getBuiltinModule('node:https');
  try {
    return create({ ...bounds, ...pair, handshakeTimeout: HANDSHAKE_MS }) satisfies Server;
  } catch (error) {
    const message = `given is ${JSON.stringify(files.certificateFile)}; certificate and key cannot be used: ${(error as Error).message}`;
    throw new ConfigError([{ where: 'intake.post.certificateFile', message }]);
  }
}
