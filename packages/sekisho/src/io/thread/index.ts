/** Work that another thread carries out: calls go there, each answer comes back. */
export { Caller, type CallerOptions } from './caller.ts';
export type { Work } from './messages.ts';
export { serveCalls, type Served } from './serve-calls.ts';
export { startThread, type ThreadTask } from './start-thread.ts';
