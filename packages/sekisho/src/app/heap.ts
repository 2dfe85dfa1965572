import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's heap close to what is live. By default the young generation grows under load to tens of megabytes and the
 * old one waits for a multiple of what it holds, which trades memory for speed that our processes do not need: replies
 * of the daemon and the TLS of the policy host lie outside the heap. Must run before there is load.
 *
 * @param growthPercent how much may be allocated, of what is live, before all of the heap is collected. Default 20.
 * @returns puts speed before memory again; to be called once the service has started. Until then it is the other way
 * round, so that loading leaves nothing behind (7 MB of the daemon).
 */
export function keepHeapSmall(growthPercent = 20): () => void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
  // For threads that start from now on: fetches under way survive one megabyte, and are then collected dearly.
  setFlagsFromString('--min-semi-space-size=2');
  setFlagsFromString('--optimize-for-size');
  return () => setFlagsFromString('--no-optimize-for-size');
}
