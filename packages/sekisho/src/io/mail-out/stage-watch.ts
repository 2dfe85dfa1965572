import type { Clock } from '../clock/index.ts';

/** Bounds one stage after the other. */
export interface StageWatch {
  /** Ends the stage before and starts one with a limit of its own. */
  start(stage: string, limitMs: number): void;
  stop(): void;
}

/** @param expire called with a sentence when a stage takes longer than its limit. */
export function createStageWatch(clock: Clock, expire: (problem: string) => void): StageWatch {
  let cancel = (): void => undefined;
  return {
    start(stage, limitMs) {
      cancel();
      cancel = clock.after(limitMs, () => expire(`not done after ${limitMs} ms: ${stage}`));
    },
    stop: () => cancel(),
  };
}
