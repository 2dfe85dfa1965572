import type { Socket } from 'node:net';
import type { Domain } from '@sekisho/spec';
import type { MxProbe } from './mx-prober.ts';
import { openSocket } from './open-socket.ts';
import { ProbeFault } from './probe-fault.ts';
import { type Line, probeSession, type SessionOptions, takeLeave } from './probe-session.ts';
import { resultTypeOf } from './result-type-of.ts';
import { within } from './within.ts';

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
