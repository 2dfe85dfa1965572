import { describe, expect, it } from 'vitest';
import { findClosest } from './closest.ts';

describe('findClosest', () => {
  const candidates = ['dns.tries', 'dns.timeoutMs', 'https.port', 'policies'];
  it.each([
    ['dns.tris', 'dns.tries'],
    ['dns.treis', 'dns.tries'],
    ['DNS.TIMEOUTMS', 'dns.timeoutMs'],
    ['policys', 'policies'],
    ['https.prt', 'https.port'],
    ['something else', undefined],
    ['', undefined],
    ['x'.repeat(1000), undefined],
  ])('%s', (word, expected) => {
    expect(findClosest(word, candidates)).toBe(expected);
  });
});
