import type { Clock } from '../clock/index.ts';

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
export interface ExchangeBounds {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Aborted when the whole lookup is over; the try then ends as `timeout`. */
  readonly signal: AbortSignal;
}

/** An exchange under way: what to close, and what to say when nothing came. */
export interface RunningExchange {
  readonly close: () => void;
  readonly onTimeout: () => Exchange<never>;
}

/** Runs an exchange until it finishes, its time is over or the lookup ends; closes it exactly once. */
export function runExchange<T>(
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
export function noAnswer(sawUnreadable: boolean, timeoutMs: number): Exchange<never> {
  return sawUnreadable
    ? { kind: 'failed', code: 'malformed', detail: 'sent nothing that can be read' }
    : { kind: 'failed', code: 'timeout', detail: `did not answer within ${timeoutMs} ms` };
}

/** The network said no: `detail` names the system's error code. */
export function networkFailure(error: NodeJS.ErrnoException): Exchange<never> {
  return {
    kind: 'failed',
    code: 'network',
    detail: `cannot be reached (${error.code ?? error.name})`,
  };
}

/** A message over a connection is the answer or nothing is: there is no other to wait for. */
export function readOnlyMessage<T>({ read }: Request<T>, message: Buffer): Exchange<T> {
  const reading = read(message);
  return reading.kind === 'response'
    ? reading
    : { kind: 'failed', code: 'malformed', detail: 'sent over TCP what is not a whole answer' };
}
