import { describe, expect, it } from 'vitest';
import { createRecent } from './recent.ts';

describe('createRecent', () => {
  it('forgets what was used longest ago, and says what left', () => {
    const left: number[] = [];
    const recent = createRecent<string, number>(2, (value) => left.push(value));
    recent.set('a', 1);
    recent.set('b', 2);
    expect(recent.get('a')).toBe(1);
    recent.set('c', 3);
    expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual([1, undefined, 3]);
    recent.set('c', 4);
    recent.delete('a');
    recent.delete('a');
    expect(left).toEqual([2, 3, 1]);
    expect(recent.size).toBe(1);
  });

  it('keeps what is asked for again and again, however many others come', () => {
    const recent = createRecent<number, number>(10);
    recent.set(0, 0);
    for (let other = 1; other < 100; other += 1) {
      recent.set(other, other);
      expect(recent.get(0)).toBe(0);
    }
    expect(recent.size).toBe(10);
    expect([recent.get(91), recent.get(90)]).toEqual([91, undefined]);
  });
});
