/** A lock that ends with its process: the port, and a SQLite file that stands for it. */
export type { HeldElsewhere, Lock, TakeLock } from './lock.ts';
export { takeFileLock } from './take-file-lock.ts';
