import { type Domain, quote } from '@sekisho/spec';
import type { Clock } from '../../io/clock/index.ts';
import type { VerifyDkim } from '../../io/dkim-verify/index.ts';
import { IoError } from '../../io/error.ts';
import type { IntakeWriter, ReportChannel } from '../store/index.ts';
import type { Log } from '../../io/log/index.ts';
import {
  DEFAULT_INTAKE_LIMITS,
  type IntakeLimits,
  unpackBody,
  unpackMessage,
} from '../unpack/index.ts';
import type { KeyServiceRule } from '../verify/index.ts';
import {
  type Acceptance,
  type AcceptanceCounts,
  type Acceptor,
  createAcceptanceCounter,
} from './acceptor.ts';
import {
  type Arrival,
  type AcceptContext,
  keepRefused,
  processArrival,
} from './process-arrival.ts';

export interface AcceptorOptions {
  readonly store: IntakeWriter;
  readonly verifyDkim: VerifyDkim;
  /** Reports about none of these, nor of names below them, are refused. Default `any`. */
  readonly domains?: readonly Domain[] | 'any';
  /** Default `not-excluded`. */
  readonly keyService?: KeyServiceRule;
  readonly limits?: Partial<IntakeLimits>;
  readonly clock: Clock;
  readonly log: Log;
}

/** An acceptor that counts what it does. */
export interface CountingAcceptor extends Acceptor {
  counts(): AcceptanceCounts;
}

/** Wires the way that every report takes. */
export function createAcceptor(options: AcceptorOptions): CountingAcceptor {
  const limits = { ...DEFAULT_INTAKE_LIMITS, ...options.limits };
  const counter = createAcceptanceCounter();
  const { store, verifyDkim, clock, log, domains = 'any', keyService = 'not-excluded' } = options;
  const context: AcceptContext = { store, verifyDkim, clock, log, domains, keyService, counter };
  return {
    largestBytes: limits.arrivalBytes,
    counts: () => counter.counts(),
    acceptMessage: ({ channel, bytes }) =>
      accept(context, limits, { channel, bytes }, async (message) => ({
        ...(await unpackMessage(message, limits)),
        channel,
        bytes,
        isMessage: true,
      })),
    acceptBody: ({ channel, bytes, from, hasToken }) =>
      accept(context, limits, { channel, bytes, from }, async (body) => {
        const fileName = channel === 'file' ? from.split('/').at(-1) : undefined;
        const unpacked = await unpackBody(body, fileName, limits);
        const origin = { isClaimed: true };
        return { ...unpacked, origin, channel, bytes, isMessage: false, from, hasToken };
      }),
  };
}

interface Raw {
  readonly channel: ReportChannel;
  readonly bytes: Uint8Array;
  readonly from?: string;
}

/** Whatever happens, the one who brought it gets an answer. */
async function accept(
  context: AcceptContext,
  limits: IntakeLimits,
  raw: Raw,
  unpack: (bytes: Buffer) => Promise<Arrival>,
): Promise<Acceptance> {
  const { channel, bytes } = raw;
  try {
    if (bytes.length > limits.arrivalBytes)
      return await keepRefused(context, raw, [`it is larger than ${limits.arrivalBytes} bytes`]);
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return await processArrival(context, await unpack(buffer));
  } catch (error) {
    if (!(error instanceof IoError)) return giveUp(context, raw, error);
    context.counter.arrived(channel, 'later');
    context.log.error('report not kept', { channel, error });
    return { kind: 'later', problem: error.message };
  }
}

/** A defect of ours, which another try would meet again: the arrival is kept for whoever mends it. */
async function giveUp(context: AcceptContext, raw: Raw, error: unknown): Promise<Acceptance> {
  const { channel } = raw;
  context.log.error('report not understood', { channel, error });
  const problem = `it cannot be processed: ${quote(error instanceof Error ? error.message : '')}`;
  try {
    return await keepRefused(context, raw, [problem]);
  } catch (again) {
    context.counter.arrived(channel, 'later');
    context.log.error('report not kept', { channel, error: again });
    return { kind: 'later', problem };
  }
}
