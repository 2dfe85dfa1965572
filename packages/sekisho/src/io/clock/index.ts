/** Time: the port, the machine's clock, and one that tests move. */
export type { Clock } from './clock.ts';
export { createFakeClock, type FakeClock } from './fake-clock.ts';
export { systemClock } from './system-clock.ts';
