import { describe, expect, it } from 'vitest';
import { readSet } from './read-body.ts';

const order = { by: 'admin' };

describe('readSet', () => {
  it.each([{ mode: 'testing' }, { mode: 'testing', preset: 'google' }, { mode: 'none', mx: [] }])(
    'reads %j',
    (wish) => {
      expect(readSet(JSON.stringify({ wish, order }))).toEqual({ wish, order });
    },
  );

  it.each<[string, unknown]>([
    ['an unknown mode', { mode: 'odd' }],
    ['a preset that is no text', { mode: 'testing', preset: 5 }],
    ['an mx that is no list', { mode: 'testing', mx: 'mx.example' }],
    ['no object', []],
  ])('refuses %s', (_what, wish) => {
    expect(readSet(JSON.stringify({ wish, order }))).toBeUndefined();
  });

  it('refuses what is no JSON', () => {
    expect(readSet('{')).toBeUndefined();
  });
});
