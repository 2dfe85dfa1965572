import type { Clock } from '../clock/index.ts';

/** A bound on how many things happen at once; those beyond it wait in order. */
export interface Places {
  /** Resolves to what gives the place back, or to undefined when none was free in time. */
  take(signal: AbortSignal): Promise<(() => void) | undefined>;
}

/** @param maxWaitMs how long `take` waits at most. */
export function createPlaces(count: number, maxWaitMs: number, clock: Clock): Places {
  const waiting = new Set<() => void>();
  let free = count;
  const giveBack = (): void => {
    const [next] = waiting;
    if (next === undefined) free += 1;
    else next();
  };
  return {
    take(signal) {
      if (free > 0) {
        free -= 1;
        return Promise.resolve(once(giveBack));
      }
      return new Promise((resolve) => {
        const leave = (place?: () => void): void => {
          waiting.delete(enter);
          cancel();
          signal.removeEventListener('abort', giveUp);
          resolve(place);
        };
        const enter = (): void => leave(once(giveBack));
        const giveUp = (): void => leave();
        const cancel = clock.after(maxWaitMs, giveUp);
        signal.addEventListener('abort', giveUp);
        waiting.add(enter);
      });
    },
  };
}

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (!done) run();
    done = true;
  };
}
