import { type Domain, parseDomain } from '@sekisho/spec';
import { describe, expect, it } from 'vitest';
import { publishVersion } from '../../../../../test/peers/publish-changes.ts';
import { createFakeClock } from '../../io/clock/index.ts';
import { openMemoryPublishStore } from '../store/index.ts';
import { createPolicyBook } from './policy-book.ts';

function domainOf(name: string): Domain {
  const domain = parseDomain(name);
  if (!domain.ok) throw new Error(`${name} is no domain`);
  return domain.value;
}
const domain = domainOf('example.com');

/** A real store, whose reads are counted and can be held up. */
async function createBook() {
  const store = await openMemoryPublishStore();
  const clock = createFakeClock();
  let reads = 0;
  let gate: Promise<unknown> = Promise.resolve();
  const book = createPolicyBook({
    clock,
    store: {
      async getServed(name) {
        reads += 1;
        const served = await store.getServed(name);
        await gate;
        return served;
      },
    },
  });
  const serve = async (id: string): Promise<void> => {
    await publishVersion(
      store,
      domain,
      {
        id,
        body: `mode: ${id}\r\n`,
        mode: 'testing',
        maxAgeSeconds: 86_400,
        mx: [],
        createdBy: 'test',
        overrides: [],
        purpose: 'set',
      },
      clock.now(),
    );
  };
  const hold = (): (() => void) => {
    let release: () => void = () => undefined;
    gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    return release;
  };
  return { book, clock, serve, hold, reads: () => reads };
}

describe('createPolicyBook', () => {
  it('reads a policy once, until it is forgotten', async () => {
    const { book, serve, reads } = await createBook();
    await serve('1');
    const found = await Promise.all([book.find(domain), book.find(domain)]);
    expect(found.map((policy) => policy?.id)).toEqual(['1', '1']);
    expect((await book.find(domain))?.body.toString()).toBe('mode: 1\r\n');
    expect(reads()).toBe(1);
    await serve('2');
    book.forget(domain);
    expect((await book.find(domain))?.id).toBe('2');
  });

  it('remembers for a short time that there is none, and not beyond a change', async () => {
    const { book, clock, serve, reads } = await createBook();
    await book.find(domain);
    await book.find(domain);
    expect(reads()).toBe(1);
    await clock.advance(5000);
    await book.find(domain);
    expect(reads()).toBe(2);
    await serve('1');
    book.forget(domain);
    expect((await book.find(domain))?.id).toBe('1');
  });

  it('never remembers what was read before it was forgotten', async () => {
    const { book, serve, hold } = await createBook();
    await serve('1');
    const release = hold();
    const old = book.find(domain);
    await serve('2');
    book.forget(domain);
    release();
    await old;
    expect((await book.find(domain))?.id).toBe('2');
  });

  it('asks a store that failed again', async () => {
    let failures = 1;
    const book = createPolicyBook({
      clock: createFakeClock(),
      store: {
        getServed: () =>
          failures-- > 0 ? Promise.reject(new Error('disk')) : Promise.resolve(undefined),
      },
    });
    await expect(book.find(domain)).rejects.toThrow('disk');
    expect(await book.find(domain)).toBeUndefined();
  });

  it('holds no more than it may', async () => {
    let reads = 0;
    const book = createPolicyBook({
      clock: createFakeClock(),
      mostPolicies: 2,
      store: {
        async getServed() {
          reads += 1;
          return undefined;
        },
      },
    });
    // Misses have a bound of their own, which this is far below.
    for (const name of ['a.test', 'b.test', 'a.test', 'b.test']) await book.find(domainOf(name));
    expect(reads).toBe(2);
  });
});
