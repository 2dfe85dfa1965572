import type { Clock } from '../clock/index.ts';
import { FetchFault } from './fetch-fault.ts';
import type { FetchTrace, SeenCertificate } from './policy-client.ts';

/** What a fetch is busy with; the deadline's message names it. */
export type Stage = keyof typeof STAGES;

const STAGES = {
  queue: 'waiting for its turn',
  dns: 'looking up addresses',
  connect: 'connecting',
  proxy: 'asking the proxy',
  tls: 'in the TLS handshake',
  http: 'reading the answer',
};

interface Destroyable {
  destroy(): unknown;
}

/** One fetch under way: what it has seen, what it has open, and what ends it. */
export interface Attempt {
  /** Aborted, with the fault as its reason, when the fetch is cancelled. */
  readonly signal: AbortSignal;
  stage: Stage;
  addresses: readonly string[];
  remoteAddress?: string;
  tlsVersion?: string;
  certificate?: SeenCertificate;
  status?: number;
  contentType?: string;
  /** Starts the total deadline; what was before it was waiting. */
  begin(deadlineMs: number): void;
  /** Keeps a resource that `end` destroys, however the fetch ends; after the end, at once. */
  readonly hold: <T extends Destroyable>(resource: T) => T;
  cancel(fault: FetchFault): void;
  /** The work's outcome, or the fault of an earlier cancellation, for which it does not wait. */
  orCancelled<T>(work: Promise<T>): Promise<T>;
  /** Destroys everything that is still open and returns what was seen. */
  end(): FetchTrace;
}

/** Starts the record of a fetch. */
export function createAttempt(clock: Clock): Attempt {
  const controller = new AbortController();
  const { signal } = controller;
  const resources = new Set<Destroyable>();
  let startedAtMs = clock.now();
  let ended = false;
  return {
    signal,
    stage: 'queue',
    addresses: [],
    begin(deadlineMs) {
      startedAtMs = clock.now();
      const expire = (): void => this.cancel(toDeadlineFault(this.stage, deadlineMs));
      this.hold({ destroy: clock.after(deadlineMs, expire) });
    },
    hold(resource) {
      if (ended) resource.destroy();
      else resources.add(resource);
      return resource;
    },
    cancel: (fault) => controller.abort(fault),
    orCancelled: (work) => Promise.race([work, rejectionOf(signal)]),
    end() {
      ended = true;
      // TLS before the socket below it: the other way round, in the turn of the handshake, Node ends with SIGSEGV.
      for (const resource of [...resources].reverse()) resource.destroy();
      return toTrace(this, clock.now() - startedAtMs);
    },
  };
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const rejectNow = (): void => reject(signal.reason as FetchFault);
    if (signal.aborted) rejectNow();
    else signal.addEventListener('abort', rejectNow);
  });
}

function toDeadlineFault(stage: Stage, deadlineMs: number): FetchFault {
  return new FetchFault(
    stage === 'connect' ? 'connect-timeout' : 'deadline',
    `not done after ${deadlineMs} ms, still ${STAGES[stage]}`,
  );
}

function toTrace(attempt: Attempt, durationMs: number): FetchTrace {
  const { addresses, remoteAddress, tlsVersion, certificate, status, contentType } = attempt;
  return {
    addresses,
    ...(remoteAddress !== undefined && { remoteAddress }),
    ...(tlsVersion !== undefined && { tlsVersion }),
    ...(certificate !== undefined && { certificate }),
    ...(status !== undefined && { status }),
    ...(contentType !== undefined && { contentType }),
    durationMs,
  };
}
