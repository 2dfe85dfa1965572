import { describe, expect, it } from 'vitest';
import { createWriteTurn } from './index.ts';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('createWriteTurn', () => {
  it('calls in order, after promises and before the next turn, what comes meanwhile in the next one', async () => {
    const writeTurn = createWriteTurn();
    const calls: string[] = [];
    writeTurn(() => {
      calls.push('first');
      writeTurn(() => calls.push('later'));
    });
    writeTurn(() => calls.push('second'));
    await Promise.resolve().then(() => calls.push('promise'));
    await nextTurn();
    expect(calls).toEqual(['promise', 'first', 'second']);
    await nextTurn();
    expect(calls.at(-1)).toBe('later');
  });
});
