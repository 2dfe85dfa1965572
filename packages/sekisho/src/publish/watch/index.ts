/** Watching the MX hosts of every published domain: live MX, probes, alerts. */
export { createWatch, type WatchOptions } from './create-watch.ts';
export type { DomainLook, Watch, WatchObservation } from './watch.ts';
