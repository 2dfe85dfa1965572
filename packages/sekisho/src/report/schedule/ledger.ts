import type { Log } from '../../io/log/index.ts';

/**
 * Lets changes of deliveries follow one another, and keeps those that the store did not take: nothing may be sent before
 * they are written, or a restart would know nothing of what was.
 */
export interface Ledger {
  /** Never rejects: what fails is owed, and tried again by `catchUp`. `change` must be fit to be carried out twice. */
  settle(change: () => Promise<void>): Promise<void>;
  /** Rejects as `change` does. */
  inTurn<Result>(change: () => Promise<Result>): Promise<Result>;
  /** True when nothing is owed any more. */
  catchUp(): Promise<boolean>;
  isInDebt(): boolean;
}

export function createLedger(log: Log): Ledger {
  const owed: (() => Promise<void>)[] = [];
  let last: Promise<unknown> = Promise.resolve();

  const inTurn = <Result>(change: () => Promise<Result>): Promise<Result> => {
    const turn = last.then(change);
    last = turn.then(
      () => undefined,
      () => undefined, // told to whoever asked
    );
    return turn;
  };
  const payOff = async (): Promise<void> => {
    for (let change = owed[0]; change !== undefined; change = owed[0]) {
      await change();
      owed.shift();
    }
  };
  const catchUp = async (): Promise<boolean> => {
    try {
      await inTurn(payOff);
      return true;
    } catch (error) {
      log.error('no report is sent while the outcome of attempts cannot be stored', { error });
      return false;
    }
  };
  return {
    inTurn,
    catchUp,
    async settle(change) {
      owed.push(change);
      await catchUp();
    },
    isInDebt: () => owed.length > 0,
  };
}
