import type { TakeLock } from './lock.ts';

/** Locks in memory, for tests: of one process, whose number is given. */
export function createFakeLocks(pid = 1): TakeLock {
  const held = new Set<string>();
  return (path) => {
    if (held.has(path)) return { kind: 'held', pid };
    held.add(path);
    let isReleased = false;
    return {
      kind: 'taken',
      release() {
        if (!isReleased) held.delete(path);
        isReleased = true;
      },
    };
  };
}
