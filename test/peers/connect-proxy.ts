import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** An HTTP proxy that forwards every tunnel to one place. */
export interface ConnectProxy {
  readonly port: number;
  /** What CONNECT asked for, with the Proxy-Authorization that came along. */
  readonly tunnels: readonly { readonly authority: string; readonly authorization?: string }[];
  close(): Promise<void>;
}

/** @param status the answer to CONNECT; only 200 opens a tunnel. */
export async function startConnectProxy(targetPort: number, status = 200): Promise<ConnectProxy> {
  const tunnels: { authority: string; authorization?: string }[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => socket.destroy());
  };
  const server = createServer();
  server.on('connect', (request, stream) => {
    const client = keep(stream as Socket);
    const authorization = request.headers['proxy-authorization'];
    tunnels.push({
      authority: request.url ?? '',
      ...(authorization !== undefined && { authorization }),
    });
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      return;
    }
    const target = keep(connect(targetPort, '127.0.0.1'));
    target.once('connect', () => client.write('HTTP/1.1 200 Yes\r\n\r\n'));
    client.pipe(target).pipe(client);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    tunnels,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
