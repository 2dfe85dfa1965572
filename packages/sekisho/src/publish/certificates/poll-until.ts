import type { Clock } from '../../io/clock/index.ts';
import { OrderFault } from './order-fault.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** Asks again and again, with growing pauses, until something has happened or the time is up. */
export interface Poller {
  /** @throws OrderFault `timeout` when the time for the whole order is over, or all is broken off. */
  until<T extends { readonly retryAfterMs?: number }>(
    ask: () => Promise<T>,
    isDone: (answer: T) => boolean,
    what: string,
  ): Promise<T>;
}

/**
 * @param limitMs for everything that is waited for in one order.
 * @param signal breaks the waiting off.
 */
export function createPoller(clock: Clock, limitMs: number, signal: AbortSignal): Poller {
  const endMs = clock.now() + limitMs;
  return {
    async until(ask, isDone, what) {
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
        const answer = await ask();
        if (isDone(answer)) return answer;
        const waitMs = Math.min(answer.retryAfterMs ?? pauseMs, LONGEST_PAUSE_MS);
        if (clock.now() + waitMs > endMs)
          throw new OrderFault('timeout', `The authority has not ${what} in ${limitMs / 1000} s`);
        if (!signal.aborted) await pause(clock, waitMs, signal);
        if (signal.aborted)
          throw new OrderFault('timeout', `Broken off before the authority has ${what}`);
      }
    },
  };
}

/** Ends early when all is broken off: nothing else keeps the process alive meanwhile, and closing waits for this. */
function pause(clock: Clock, waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(waitMs, end);
    signal.addEventListener('abort', end);
  });
}
