import { connect } from 'node:net';

/** One connection that asks as Postfix does: one request at a time. */
export interface SocketmapClient {
  /** The reply without its netstring, or undefined if the connection ended first. */
  ask(key: string): Promise<string | undefined>;
  close(): void;
}

/** Connects to a Unix socket or to a port on loopback, or gives undefined if nobody listens. */
export function connectSocketmap(where: string | number): Promise<SocketmapClient | undefined> {
  return new Promise((resolve) => {
    const socket = typeof where === 'string' ? connect(where) : connect(where, '127.0.0.1');
    let received = '';
    let waiting: ((reply: string | undefined) => void) | undefined;
    const settle = (reply: string | undefined): void => {
      waiting?.(reply);
      waiting = undefined;
    };
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      const whole = /^\d+:(.*),$/s.exec(received);
      if (whole === null) return;
      received = '';
      settle(whole[1]);
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      settle(undefined);
      resolve(undefined);
    });
    socket.on('connect', () =>
      resolve({
        ask(key) {
          if (socket.destroyed) return Promise.resolve(undefined);
          const request = `sts ${key}`;
          socket.write(`${request.length}:${request},`);
          return new Promise((done) => {
            waiting = done;
          });
        },
        close: () => void socket.destroy(),
      }),
    );
  });
}
