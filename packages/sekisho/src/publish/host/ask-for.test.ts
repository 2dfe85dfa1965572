import { describe, expect, it } from 'vitest';
import { askFor } from './host-name.ts';
import type { PolicyBook } from './books.ts';

const policies: PolicyBook = {
  find: async (domain) =>
    domain === 'a.test' ? { domain, id: '1', body: Buffer.alloc(0) } : undefined,
  forget: () => undefined,
};

describe('askFor', () => {
  it.each([
    ['mta-sts.a.test', 200],
    ['MTA-STS.A.TEST', 200],
    ['a.test', 404],
    ['mta-sts.b.test', 404],
    ['', 404],
  ])('%s: %d', async (name, status) => {
    expect(await askFor(policies, name)).toBe(status);
  });
});
