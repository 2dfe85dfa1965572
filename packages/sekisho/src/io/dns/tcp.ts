import { connect } from 'node:net';
import {
  type Exchange,
  type ExchangeBounds,
  networkFailure,
  noAnswer,
  readOnlyMessage,
  type Request,
  runExchange,
} from './exchange.ts';
import type { ServerAddress } from './server-address.ts';

const LENGTH_BYTES = 2;

/** Puts the two octets of length before a message (RFC 1035 §4.2.2). */
function frame(message: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Returns what takes chunks and gives the first whole message; holds at most 64 KiB and one chunk. */
function createMessageCollector(): (chunk: Buffer) => Buffer | undefined {
  let received = Buffer.alloc(0);
  return (chunk) => {
    received = Buffer.concat([received, chunk]);
    if (received.length < LENGTH_BYTES) return undefined;
    const end = LENGTH_BYTES + received.readUInt16BE(0);
    return received.length < end ? undefined : received.subarray(LENGTH_BYTES, end);
  };
}

/** Asks over a connection of its own, for answers that do not fit into a datagram (RFC 7766). */
export function exchangeTcp<T>(
  server: ServerAddress,
  request: Request<T>,
  bounds: ExchangeBounds,
): Promise<Exchange<T>> {
  return runExchange(bounds, (finish) => {
    const collect = createMessageCollector();
    const socket = connect({ host: server.host, port: server.port, noDelay: true });
    socket.on('connect', () => socket.write(frame(request.bytes)));
    socket.on('data', (chunk) => {
      const message = collect(chunk);
      if (message !== undefined) finish(readOnlyMessage(request, message));
    });
    socket.on('error', (error) => finish(networkFailure(error)));
    socket.on('close', () => finish(closedEarly));
    return { close: () => socket.destroy(), onTimeout: () => noAnswer(false, bounds.timeoutMs) };
  });
}

const closedEarly: Exchange<never> = {
  kind: 'failed',
  code: 'network',
  detail: 'closed the TCP connection before the answer was complete',
};
