/** An eye on the MX hosts of every published domain: live MX, probes, alerts. */
export type { AlertCode } from './alert.ts';
export { createWatch, type WatchOptions } from './create-watch.ts';
export type { DomainLook, Watch, WatchObservation } from './watch.ts';
