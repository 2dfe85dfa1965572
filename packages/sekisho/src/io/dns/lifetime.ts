import type { Clock } from '../clock/index.ts';
import type { DnsFailureCode } from './resolver.ts';

/** Why a lookup ended before it had an answer. */
export interface LookupEnd {
  readonly code: Extract<DnsFailureCode, 'timeout' | 'network'>;
  readonly detail: string;
}

/** The life of one lookup over all its queries. */
export interface Lifetime {
  /** Aborted when the lookup ends from outside. */
  readonly signal: AbortSignal;
  /** Why it ended, or `undefined` while it lives. */
  readonly ended: () => LookupEnd | undefined;
  readonly end: (why: LookupEnd) => void;
  /** Lets go of the timer and of the caller's signal. */
  readonly release: () => void;
}

const CANCELLED: LookupEnd = { code: 'timeout', detail: 'the caller gave up' };

/** Bounds a lookup by a total deadline and, where given, by the caller's signal. */
export function createLifetime(
  clock: Clock,
  deadlineMs: number,
  callerSignal: AbortSignal | undefined,
): Lifetime {
  const controller = new AbortController();
  let ended: LookupEnd | undefined;
  const end = (why: LookupEnd): void => {
    ended ??= why;
    controller.abort();
  };
  const cancel = (): void => end(CANCELLED);
  const stopTimer = clock.after(deadlineMs, () =>
    end({ code: 'timeout', detail: `the deadline of ${deadlineMs} ms is over` }),
  );
  if (callerSignal?.aborted === true) cancel();
  callerSignal?.addEventListener('abort', cancel);
  return {
    signal: controller.signal,
    ended: () => ended,
    end,
    release() {
      stopTimer();
      callerSignal?.removeEventListener('abort', cancel);
    },
  };
}
