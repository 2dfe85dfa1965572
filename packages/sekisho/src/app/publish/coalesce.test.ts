import { describe, expect, it } from 'vitest';
import { coalesce } from './coalesce.ts';

describe('coalesce', () => {
  it('runs once for the first, and once for all that come meanwhile', async () => {
    let runs = 0;
    let finish = (): void => undefined;
    const run = coalesce(() => {
      runs += 1;
      return new Promise<void>((resolve) => (finish = resolve));
    });
    const first = run();
    const [second, third] = [run(), run()];
    expect(runs).toBe(1);
    finish();
    await first;
    await Promise.resolve();
    expect(runs).toBe(2);
    finish();
    await Promise.all([second, third]);
    void run();
    expect(runs).toBe(3);
  });

  it('runs again after a failure', async () => {
    let runs = 0;
    const run = coalesce(() => {
      runs += 1;
      return Promise.reject(new Error('broken'));
    });
    const [first, second] = [run(), run()];
    await expect(first).rejects.toThrow('broken');
    await expect(second).rejects.toThrow('broken');
    expect(runs).toBe(2);
  });
});
