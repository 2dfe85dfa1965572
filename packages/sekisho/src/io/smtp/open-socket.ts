import { connect, type Socket } from 'node:net';
import type { Clock } from '../clock/index.ts';
import { hasRoute } from './has-route.ts';
import { ProbeFault } from './probe-fault.ts';
import { within } from './within.ts';

/** What the kernel says without a route; a router on the way may cause the first two as well. */
const NO_ROUTE = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT']);

interface Way {
  readonly port: number;
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  /** Receives the socket at once, so that it ends with the probe. */
  readonly hold: (socket: Socket) => void;
}

/**
 * Connects to one address.
 *
 * @throws ProbeFault `no-route`, `unreachable` or `timeout`.
 */
export async function openSocket(address: string, way: Way): Promise<Socket> {
  const { port, clock, connectTimeoutMs, hold } = way;
  const socket = connect({ host: address, port, autoSelectFamily: false });
  hold(socket);
  const connected = new Promise<void>((resolve, reject) => {
    // Stays for the life of the socket: an error later would otherwise end the process.
    socket.on('error', reject);
    socket.once('connect', resolve);
  }).catch(async (error: NodeJS.ErrnoException) => {
    throw await toConnectFault(error, address);
  });
  const message = `no connection in ${connectTimeoutMs} ms`;
  await within(clock, connectTimeoutMs, message, connected);
  return socket;
}

/** @param routed tells whether the machine has a way to the address. */
export async function toConnectFault(
  { code = 'UNKNOWN' }: NodeJS.ErrnoException,
  address: string,
  routed: (address: string) => Promise<boolean> = hasRoute,
): Promise<ProbeFault> {
  if (NO_ROUTE.has(code) && !(await routed(address))) {
    return new ProbeFault('no-route', `this machine has no route to it: ${code}`);
  }
  if (code === 'ETIMEDOUT') return new ProbeFault('timeout', 'the connection timed out');
  const message = code === 'ECONNREFUSED' ? 'the connection was refused' : `no connection: ${code}`;
  return new ProbeFault('unreachable', message);
}
