import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../io/clock/index.ts';
import { IoError } from '../../io/error.ts';
import { loadTls } from './load-tls.ts';

const clock = createFakeClock();
const missing = new IoError('tls-unsupported', 'Cannot serve TLS: no', { temporary: false });
const loadNothing = (): Promise<never> => Promise.reject(missing);

describe('loadTls', () => {
  it('loads it, needed or not', async () => {
    expect(await loadTls(clock, false)).toMatchObject({ serve: expect.any(Function) });
  });

  it('fails where it is needed and cannot be had', async () => {
    await expect(loadTls(clock, true, loadNothing)).rejects.toBe(missing);
  });

  it('fails elsewhere only if it is used after all', async () => {
    const tls = await loadTls(clock, false, loadNothing);
    expect(() => tls.prepare({ keyPem: '', chainPem: '' })).toThrow(missing);
  });
});
