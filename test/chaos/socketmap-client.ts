import { connect } from 'node:net';

/** One connection that asks as Postfix does: one request at a time. */
export interface SocketmapClient {
  /** The reply without its netstring, or undefined if the connection ended first. */
  ask(key: string): Promise<string | undefined>;
  close(): void;
}

/** Connects, or gives undefined if nobody listens. */
export function connectSocketmap(path: string): Promise<SocketmapClient | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
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
