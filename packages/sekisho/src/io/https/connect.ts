import { connect, type Socket } from 'node:net';
import type { Clock } from '../clock/index.ts';
import type { FetchFault } from './fetch-fault.ts';
import { toSocketFault } from './socket-fault.ts';

/** Head start of one address over the next (RFC 8305 §5, "Connection Attempt Delay"). */
const STAGGER_MS = 250;
/** Addresses beyond these are not tried: the list is a stranger's. */
const MOST_ADDRESSES = 8;
/** What a machine without IPv6 (or IPv4) says; it tells nothing about the policy host. */
const NO_ROUTE = new Set<string | undefined>(['ENETUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT']);

interface Context {
  readonly port: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Receives every socket, so that the losers end with the fetch. */
  readonly hold: (socket: Socket) => Socket;
}

/** A TCP connection and the address that it leads to. */
export interface Connection {
  readonly socket: Socket;
  readonly address: string;
}

/**
 * Connects to the first of some IP addresses that accepts; the next one is tried when one fails or has not
 * answered in 250 ms. Never looks up a name, so that the judged addresses are the ones connected to.
 *
 * @throws FetchFault when all fail; of several failures the one that tells most.
 */
export async function connectFirst(
  addresses: readonly string[],
  context: Context,
): Promise<Connection> {
  const attempts: Promise<Connection>[] = [];
  for (const address of addresses.slice(0, MOST_ADDRESSES)) {
    context.signal.throwIfAborted();
    const attempt = connectTo(address, context);
    attempts.push(attempt);
    const pause = startPause(context.clock);
    const winner = await Promise.race([
      orNothing(Promise.any(attempts)),
      orNothing(attempt),
      pause.over,
    ]);
    pause.cancel();
    if (winner !== undefined) return winner;
  }
  const outcomes = Promise.allSettled(attempts);
  return orNothing(Promise.any(attempts)).then(async (winner) => {
    if (winner !== undefined) return winner;
    throw mostTelling(await outcomes);
  });
}

function connectTo(address: string, { port, hold }: Context): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = hold(connect({ host: address, port, autoSelectFamily: false }));
    // Stays for the life of the socket: an error after the race would otherwise end the process.
    socket.on('error', reject);
    socket.once('connect', () => resolve({ socket, address }));
  });
}

/** A failed attempt is no event here: the errors are read when all have failed. */
function orNothing<T>(promise: Promise<T>): Promise<T | undefined> {
  return promise.catch(() => undefined);
}

/** Cancelled as soon as it is of no use: a timer keeps the whole fetch in memory, for longer than most take. */
function startPause(clock: Clock): { readonly over: Promise<undefined>; cancel(): void } {
  let cancel = (): void => undefined;
  const over = new Promise<undefined>((resolve) => {
    cancel = clock.after(STAGGER_MS, () => resolve(undefined));
  });
  return { over, cancel };
}

function mostTelling(outcomes: readonly PromiseSettledResult<Connection>[]): FetchFault {
  const errors = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as NodeJS.ErrnoException] : [],
  );
  return toSocketFault(errors.find(({ code }) => !NO_ROUTE.has(code)) ?? errors[0]);
}
