import type { Clock } from '../../io/clock/index.ts';

/** Tells of what happens often only now and then: how often each kind happened since it was last told. */
export interface Digest {
  note(kind: string, count?: number): void;
  /** Tells what is left. */
  close(): void;
}

const TELL_EVERY_MS = 60_000;

/** @param tell is called at once for the first, and then once a minute at most. */
export function createDigest(
  clock: Clock,
  tell: (counts: Readonly<Record<string, number>>) => void,
): Digest {
  const counts = new Map<string, number>();
  let cancelTimer: (() => void) | undefined;
  const tellAll = (): void => {
    const told = Object.fromEntries(counts);
    counts.clear();
    tell(told);
  };
  const arm = (): void => {
    cancelTimer = clock.after(TELL_EVERY_MS, () => {
      cancelTimer = undefined;
      if (counts.size === 0) return;
      tellAll();
      arm();
    });
  };
  return {
    note(kind, count = 1) {
      counts.set(kind, (counts.get(kind) ?? 0) + count);
      if (cancelTimer !== undefined) return;
      tellAll();
      arm();
    },
    close() {
      cancelTimer?.();
      if (counts.size > 0) tellAll();
    },
  };
}
