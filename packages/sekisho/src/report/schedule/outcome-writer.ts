import type { Log } from '../../io/log/index.ts';

/**
 * Lets changes of deliveries follow one another, and keeps those that the store did not take: nothing may be sent before
 * they are written, or a restart would know nothing of what was.
 */
export class OutcomeWriter {
  readonly #log: Log;
  readonly #unstored: (() => Promise<void>)[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(log: Log) {
    this.#log = log;
  }

  get hasUnstored(): boolean {
    return this.#unstored.length > 0;
  }

  /** Never rejects: what fails is tried again by `writeUnstored`. `change` must be fit to be carried out twice. */
  async write(change: () => Promise<void>): Promise<void> {
    this.#unstored.push(change);
    await this.writeUnstored();
  }

  /** True when nothing is left to be stored. */
  async writeUnstored(): Promise<boolean> {
    try {
      await this.inOrder(async () => {
        for (let [change] = this.#unstored; change !== undefined; [change] = this.#unstored) {
          await change();
          this.#unstored.shift();
        }
      });
      return true;
    } catch (error) {
      const what = 'no report is sent while the outcome of attempts cannot be stored';
      this.#log.error(what, { error });
      return false;
    }
  }

  /** Rejects as `change` does. */
  inOrder<Result>(change: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(change);
    this.#last = turn.then(
      () => undefined,
      () => undefined, // whoever asked is told
    );
    return turn;
  }
}
