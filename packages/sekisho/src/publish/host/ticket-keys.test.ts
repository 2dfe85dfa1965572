import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../io/clock/index.ts';
import { createTicketKeys } from './ticket-keys.ts';

describe('createTicketKeys', () => {
  it('gives each name its own 48 bytes, the same for one period', async () => {
    const clock = createFakeClock();
    const keys = createTicketKeys(clock, 1000);
    const first = keys.keyFor('a.test');
    expect(first).toHaveLength(48);
    expect(keys.keyFor('a.test')).toEqual(first);
    expect(keys.keyFor('b.test')).not.toEqual(first);
    expect(createTicketKeys(clock, 1000).keyFor('a.test')).not.toEqual(first);
    const period = keys.period();
    await clock.advance(999);
    expect(keys.period()).toBe(period);
    await clock.advance(1);
    expect(keys.period()).not.toBe(period);
    expect(keys.keyFor('a.test')).not.toEqual(first);
  });
});
