import { describe, expect, it } from 'vitest';
import { createTurnEnd } from './turn-end.ts';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('createTurnEnd', () => {
  it('calls in order, after promises and before the next turn, what comes meanwhile in the next one', async () => {
    const turnEnd = createTurnEnd();
    const calls: string[] = [];
    turnEnd.call(() => {
      calls.push('first');
      turnEnd.call(() => calls.push('later'));
    });
    turnEnd.call(() => calls.push('second'));
    await Promise.resolve().then(() => calls.push('promise'));
    await nextTurn();
    expect(calls).toEqual(['promise', 'first', 'second']);
    await nextTurn();
    expect(calls.at(-1)).toBe('later');
  });
});
