/** Bounds how many sockets are open at once. */
export interface Slots {
  /** Waits for a free slot, or until the signal is aborted. Call what it returns, once, to free the slot. */
  acquire(signal: AbortSignal): Promise<() => void>;
}

const holdsNothing = (): void => undefined;

/** First come, first served. */
export function createSlots(limit: number): Slots {
  let free = limit;
  const waiting = new Set<() => void>();
  const release = (): void => {
    free += 1;
    const [next] = waiting;
    next?.();
  };
  const take = (): (() => void) => {
    free -= 1;
    return release;
  };
  return {
    acquire(signal) {
      if (signal.aborted) return Promise.resolve(holdsNothing);
      if (free > 0) return Promise.resolve(take());
      return new Promise((resolve) => {
        const stop = (): void => {
          waiting.delete(start);
          signal.removeEventListener('abort', giveUp);
        };
        const start = (): void => {
          stop();
          resolve(take());
        };
        const giveUp = (): void => {
          stop();
          resolve(holdsNothing);
        };
        waiting.add(start);
        signal.addEventListener('abort', giveUp);
      });
    },
  };
}
