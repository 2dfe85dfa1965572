/** A lock that one process has for as long as it lives. */
export interface Lock {
  readonly kind: 'taken';
  /** Gives it back; a process that ends, however it ends, gives it back as well. */
  release(): void;
}

/** Another process, or another part of this one, has it. */
export interface HeldElsewhere {
  readonly kind: 'held';
  /** Of the process that has it, in its own namespace; undefined where it has not said yet. */
  readonly pid: number | undefined;
}

/**
 * Takes the lock that a file stands for; waits a moment for one that is just being given back. Blocks.
 *
 * @param path absolute; the file is made, for the owner of its directory only, and stays there. Its directory must be there.
 * @throws {IoError} `store-unwritable`, `store-corrupt`, `store-failed` when the file cannot be used.
 */
export type TakeLock = (path: string) => Lock | HeldElsewhere;
