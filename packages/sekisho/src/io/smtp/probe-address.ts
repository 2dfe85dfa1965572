import { createSocket } from 'node:dgram';
import { connect, isIPv6, type Socket } from 'node:net';
import type { Domain } from '@sekisho/spec';
import type { Clock } from '../clock/index.ts';
import { type MxProbe, resultTypeOf } from './mx-prober.ts';
import { ProbeFault, within } from './probe-fault.ts';
import { type Line, probeSession, type SessionOptions, takeLeave } from './probe-session.ts';

/** How one address is looked at. */
export interface AddressOptions extends SessionOptions {
  readonly port: number;
  readonly connectTimeoutMs: number;
  /** For everything together. */
  readonly timeoutMs: number;
}

/** Looks at one address of an MX host. Rejects only for an error of ours. */
export async function probeAddress(
  mxHost: Domain,
  address: string,
  options: AddressOptions,
  signal: AbortSignal | undefined,
): Promise<MxProbe> {
  const { clock, timeoutMs } = options;
  const startedAtMs = clock.now();
  const sockets: Socket[] = [];
  const line: Line = {};
  const look = async () => {
    const hold = (socket: Socket): void => void sockets.push(socket);
    const socket = await openSocket(address, { ...options, hold });
    return probeSession(socket, mxHost, line, options);
  };
  const judge = async (): Promise<Omit<MxProbe, 'mxHost' | 'durationMs'>> => {
    const late = `not done after ${timeoutMs} ms`;
    const { fault, version, cipher, certificate } = await within(
      clock,
      timeoutMs,
      late,
      orCancelled(look(), signal),
    );
    const detail = fault?.message ?? `${version}, ${cipher}`;
    const seen = { tlsVersion: version, ...(certificate !== undefined && { certificate }) };
    return { ...toFinding(fault?.code ?? 'ok', detail), ...seen };
  };
  try {
    const found = await judge().catch(toOutcome);
    const durationMs = clock.now() - startedAtMs;
    await takeLeave(line, options);
    return { mxHost, address, ...found, durationMs };
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

function toOutcome(error: unknown): Pick<MxProbe, 'code' | 'detail' | 'resultType'> {
  if (error instanceof ProbeFault) return toFinding(error.code, error.message);
  throw error;
}

function toFinding(
  code: MxProbe['code'],
  detail: string,
): Pick<MxProbe, 'code' | 'detail' | 'resultType'> {
  const resultType = resultTypeOf(code);
  return { code, detail, ...(resultType !== undefined && { resultType }) };
}

function orCancelled<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const cancelled = new Promise<never>((_resolve, reject) => {
    const giveUp = (): void => reject(new ProbeFault('timeout', 'the look was cancelled'));
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
  return Promise.race([work, cancelled]);
}

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
async function openSocket(address: string, way: Way): Promise<Socket> {
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

/**
 * Whether this machine has a way to an address. A connected datagram socket sends nothing, but asks the routing table;
 * a TCP error alone could also come from a router far away, and then tells of the MX host.
 */
function hasRoute(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const end = (found: boolean): void => {
      socket.close();
      resolve(found);
    };
    socket.once('error', () => end(false));
    socket.once('connect', () => end(true));
    socket.connect(25, address);
  });
}
