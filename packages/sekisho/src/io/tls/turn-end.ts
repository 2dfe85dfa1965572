/** Calls what is due when all events of this turn of the loop have been handled. */
export interface TurnEnd {
  call(run: () => void): void;
}

export function createTurnEnd(): TurnEnd {
  let due: (() => void)[] = [];
  const callAll = (): void => {
    const calls = due;
    due = [];
    for (const run of calls) run();
  };
  return {
    call(run) {
      if (due.push(run) === 1) setImmediate(callAll);
    },
  };
}
