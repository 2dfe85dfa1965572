import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../io/clock/index.ts';
import { createSharedContexts } from './shared-contexts.ts';

describe('createSharedContexts', () => {
  it('has one context for each version, and another for TLS 1.3 when its ticket keys are old', async () => {
    const clock = createFakeClock();
    const contexts = createSharedContexts(clock, 1000);
    const [tls12, tls13] = [contexts.contextFor(false), contexts.contextFor(true)];
    expect(tls12).not.toBe(tls13);
    await clock.advance(999);
    expect(contexts.contextFor(true)).toBe(tls13);
    await clock.advance(1);
    expect(contexts.contextFor(true)).not.toBe(tls13);
    expect(contexts.contextFor(false)).toBe(tls12);
  });
});
