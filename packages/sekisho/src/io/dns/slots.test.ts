import { describe, expect, it } from 'vitest';
import { createSlots } from './slots.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const { signal: never } = new AbortController();

describe('createSlots', () => {
  it('lets through as many as there are slots, first come, first served', async () => {
    const slots = createSlots(2);
    const served: number[] = [];
    const releases: (() => void)[] = [];
    for (let i = 0; i < 5; i += 1) {
      void slots.acquire(never).then((release) => {
        served.push(i);
        releases.push(release);
      });
    }
    await settle();
    expect(served).toEqual([0, 1]);
    releases[1]?.();
    await settle();
    expect(served).toEqual([0, 1, 2]);
    releases[0]?.();
    releases[2]?.();
    await settle();
    expect(served).toEqual([0, 1, 2, 3, 4]);
  });

  it('a waiter that gives up takes no slot', async () => {
    const slots = createSlots(1);
    const release = await slots.acquire(never);
    const caller = new AbortController();
    const waiting = slots.acquire(caller.signal);
    caller.abort();
    (await waiting)();
    release();
    const again = await slots.acquire(never);
    let served = false;
    void slots.acquire(never).then(() => (served = true));
    await settle();
    expect(served).toBe(false);
    again();
    await settle();
    expect(served).toBe(true);
  });
});
