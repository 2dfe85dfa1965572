/** A lock that ends with its process: the port, a SQLite file, and a fake in memory. */
export { createFakeLocks } from './create-fake-locks.ts';
export type { HeldElsewhere, Lock, TakeLock } from './lock.ts';
export { takeFileLock } from './take-file-lock.ts';
