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
});
