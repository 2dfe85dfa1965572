import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import {
  type Exchange,
  type ExchangeBounds,
  networkFailure,
  noAnswer,
  type Request,
  runExchange,
} from './exchange.ts';
import type { ServerAddress } from './server-address.ts';

type LookupCallback = (error: Error | null, address: string, family: number) => void;

/** Server addresses are literals: the system resolver is never asked. */
function keepLiteral(address: string, _options: unknown, callback: LookupCallback): void {
  process.nextTick(callback, null, address, isIPv6(address) ? 6 : 4);
}

function openSocket(host: string): Socket {
  return createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', lookup: keepLiteral });
}

/**
 * Sends the request in one datagram and waits for its answer.
 *
 * Each try has its own socket, so that an outsider has to guess a fresh port as well as the id, and it is
 * connected, so that the kernel drops what comes from elsewhere (RFC 5452 §9). What is not the answer to this
 * request is passed over, not believed and not fatal.
 */
export function exchangeUdp<T>(
  server: ServerAddress,
  { bytes, read }: Request<T>,
  bounds: ExchangeBounds,
): Promise<Exchange<T>> {
  return runExchange(bounds, (finish) => {
    const socket = openSocket(server.host);
    let sawUnreadable = false;
    const fail = (error: Error): void => finish(networkFailure(error));
    socket.on('error', fail);
    socket.on('message', (message) => {
      const reading = read(message);
      if (reading.kind === 'response' || reading.kind === 'truncated') finish(reading);
      sawUnreadable ||= reading.kind === 'unreadable';
    });
    socket.connect(server.port, server.host, (error?: Error) => {
      if (error === undefined || error === null) socket.send(bytes, (sent) => sent && fail(sent));
      else fail(error);
    });
    return {
      close: () => socket.close(),
      onTimeout: () => noAnswer(sawUnreadable, bounds.timeoutMs),
    };
  });
}
