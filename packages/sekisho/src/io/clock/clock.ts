/** Time as a port: nothing in Sekisho reads the clock or waits but through this. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Calls `run` once after `delayMs`, and returns what cancels it. Never keeps the process alive.
   * Delays beyond 2^31 ms are waited for in full.
   */
  after(delayMs: number, run: () => void): () => void;
}
