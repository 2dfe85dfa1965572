import type { Clock } from '../../io/clock/index.ts';
import { OrderFault } from './order-fault.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** Asks again and again, with growing pauses, until something has happened or the time is up. */
export interface Patience {
  /** @throws OrderFault `timeout` when the time for the whole order is over. */
  until<T extends { readonly retryAfterMs?: number }>(
    ask: () => Promise<T>,
    isDone: (answer: T) => boolean,
    what: string,
  ): Promise<T>;
}

/** @param limitMs for everything that is waited for in one order. */
export function createPatience(clock: Clock, limitMs: number): Patience {
  const endMs = clock.now() + limitMs;
  return {
    async until(ask, isDone, what) {
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
        const answer = await ask();
        if (isDone(answer)) return answer;
        const waitMs = Math.min(answer.retryAfterMs ?? pauseMs, LONGEST_PAUSE_MS);
        if (clock.now() + waitMs > endMs)
          throw new OrderFault('timeout', `The authority has not ${what} in ${limitMs / 1000} s`);
        await new Promise<void>((resolve) => clock.after(waitMs, resolve));
      }
    },
  };
}
