import { createSocket, type Socket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { Clock } from '../clock/index.ts';
import type { ServerAddress } from './server-address.ts';

/**
 * What a received message is to our request.
 *
 * - `truncated`: the answer, but it did not fit; ask over TCP.
 * - `unrelated`: not an answer to this request, perhaps a forged one; go on waiting.
 * - `unreadable`: claims to be the answer and cannot be read.
 */
export type Reading<T> =
  | { readonly kind: 'response'; readonly response: T }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'unrelated' }
  | { readonly kind: 'unreadable' };

/** A message to be sent, and how what comes back is read: never throwing, in time bounded by its size. */
export interface Request<T> {
  readonly bytes: Buffer;
  readonly read: (message: Buffer) => Reading<T>;
}

/** How one try with one server ended. */
export type Exchange<T> =
  | { readonly kind: 'response'; readonly response: T }
  | { readonly kind: 'truncated' }
  | {
      readonly kind: 'failed';
      readonly code: 'timeout' | 'malformed' | 'network';
      /** Completes the sentence "192.0.2.1:53 …". */
      readonly detail: string;
    };

/** The bounds of one try. */
interface ExchangeBounds {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Aborted when the whole lookup is over; the try then ends as `timeout`. */
  readonly signal: AbortSignal;
}

/** An exchange under way: what to close, and what to say when nothing came. */
interface RunningExchange {
  readonly close: () => void;
  readonly onTimeout: () => Exchange<never>;
}

/** Runs an exchange until it finishes, its time is over or the lookup ends; closes it exactly once. */
function runExchange<T>(
  { clock, timeoutMs, signal }: ExchangeBounds,
  start: (finish: (exchange: Exchange<T>) => void) => RunningExchange,
): Promise<Exchange<T>> {
  if (signal.aborted) return Promise.resolve(noAnswer(false, timeoutMs));
  return new Promise((resolve) => {
    let finished = false;
    const finish = (exchange: Exchange<T>): void => {
      if (finished) return;
      finished = true;
      cancelTimer();
      signal.removeEventListener('abort', giveUp);
      running.close();
      resolve(exchange);
    };
    const giveUp = (): void => finish(running.onTimeout());
    const cancelTimer = clock.after(timeoutMs, giveUp);
    const running = start(finish);
    signal.addEventListener('abort', giveUp);
  });
}

/** No answer that could be used, in the time given. */
function noAnswer(sawUnreadable: boolean, timeoutMs: number): Exchange<never> {
  return sawUnreadable
    ? { kind: 'failed', code: 'malformed', detail: 'sent nothing that can be read' }
    : { kind: 'failed', code: 'timeout', detail: `did not answer within ${timeoutMs} ms` };
}

/** The network said no: `detail` names the system's error code. */
function networkFailure(error: NodeJS.ErrnoException): Exchange<never> {
  return {
    kind: 'failed',
    code: 'network',
    detail: `cannot be reached (${error.code ?? error.name})`,
  };
}

/** A message over a connection is the answer or nothing is: there is no other to wait for. */
function readOnlyMessage<T>({ read }: Request<T>, message: Buffer): Exchange<T> {
  const reading = read(message);
  return reading.kind === 'response'
    ? reading
    : { kind: 'failed', code: 'malformed', detail: 'sent over TCP what is not a whole answer' };
}

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
function exchangeUdp<T>(
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
function exchangeTcp<T>(
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

/** What always fits into a datagram (RFC 1035 §2.3.4). */
const DATAGRAM_BYTES = 512;

/**
 * Sends a message over UDP, and over TCP if it or its answer is too long for that. Each way has the time given.
 *
 * @param bounds with `overTcp`, UDP is not tried.
 * @param makeRequest called for each way, so that each has its own id.
 */
export async function exchangeMessage<T>(
  server: ServerAddress,
  makeRequest: () => Request<T>,
  bounds: ExchangeBounds & { readonly overTcp?: boolean },
): Promise<Exchange<T>> {
  const request = makeRequest();
  const isLong = request.bytes.length > DATAGRAM_BYTES;
  if (bounds.overTcp === true || isLong) return exchangeTcp(server, request, bounds);
  const overUdp = await exchangeUdp(server, request, bounds);
  return overUdp.kind === 'truncated' ? exchangeTcp(server, makeRequest(), bounds) : overUdp;
}
