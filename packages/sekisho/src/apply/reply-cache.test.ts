import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplyCache, type ReplyCacheOptions } from './reply-cache.ts';

function look(cache: ReplyCache, request: string, nowMs = 0) {
  const buffer = Buffer.from(`xx${request}yy`, 'latin1');
  const slot = cache.find(buffer, 2, buffer.length - 2, nowMs);
  return slot === -1 ? undefined : { text: cache.textAt(slot), tag: cache.tagAt(slot) };
}

describe('reply cache', () => {
  it('finds what was put until it ends', () => {
    const cache = new ReplyCache();
    cache.put('sts a.test', { text: 'OK', tag: 3 }, 1000);
    expect(look(cache, 'sts a.test', 999)).toEqual({ text: 'OK', tag: 3 });
    expect(look(cache, 'sts a.test', 1000)).toBeUndefined();
    expect(look(cache, 'sts b.test')).toBeUndefined();
    expect(look(cache, 'sts a.tes')).toBeUndefined();
  });

  it('puts again: the new reply, the new end', () => {
    const cache = new ReplyCache();
    cache.put('a', { text: 'one', tag: 1 }, 10);
    cache.put('a', { text: 'one', tag: 1 }, 20);
    expect(look(cache, 'a', 15)?.text).toBe('one');
    cache.put('a', { text: 'two', tag: 1 }, 20);
    cache.put('a', { text: 'two', tag: 2 }, 20);
    expect(look(cache, 'a', 15)).toEqual({ text: 'two', tag: 2 });
  });

  it('deletes and clears', () => {
    const cache = new ReplyCache();
    cache.put('a', { text: 'x', tag: 0 }, 10);
    cache.put('b', { text: 'y', tag: 0 }, 10);
    cache.delete('a');
    cache.delete('never');
    expect([look(cache, 'a'), look(cache, 'b')?.text]).toEqual([undefined, 'y']);
    cache.clear();
    expect(look(cache, 'b')).toBeUndefined();
  });

  it('a reply too long to keep takes the former one with it', () => {
    const cache = new ReplyCache();
    cache.put('a', { text: 'short', tag: 0 }, 10);
    cache.put('a', { text: 'x'.repeat(200_000), tag: 0 }, 10);
    expect(look(cache, 'a')).toBeUndefined();
  });

  it('holds a hundred thousand replies with the default bounds', () => {
    const cache = new ReplyCache();
    for (let index = 0; index < 100_000; index += 1)
      cache.put(`sts d${index}.test`, { text: `OK ${index}`, tag: index % 7 }, 10);
    let lost = 0;
    for (let index = 0; index < 100_000; index += 1) {
      const found = look(cache, `sts d${index}.test`);
      if (found === undefined) lost += 1;
      else expect(found).toEqual({ text: `OK ${index}`, tag: index % 7 });
    }
    expect(lost).toBeLessThan(500);
  });

  it.each<[string, ReplyCacheOptions]>([
    ['a ring that comes round again and again', { capacityBytes: 1, slots: 1024 }],
    ['buckets that are full', { slots: 8 }],
    ['defaults', {}],
  ])('model: never gives a wrong reply, with %s', (_, options) => {
    const request = fc.nat(60).map((n) => `sts domain${n}.test`);
    const text = fc.oneof(
      fc.nat(9).map((n) => `OK ${n}`),
      fc.nat(60_000).map((n) => 'x'.repeat(n)),
    );
    const put = fc.record({ request, text, tag: fc.nat(255), ends: fc.nat(100) });
    fc.assert(
      fc.property(fc.array(fc.tuple(put, fc.nat(9)), { maxLength: 80 }), (steps) => {
        const cache = new ReplyCache(options);
        const model = new Map<string, { text: string; tag: number; ends: number }>();
        for (const [step, kind] of steps) {
          if (kind === 0) {
            cache.delete(step.request);
            model.delete(step.request);
          } else {
            cache.put(step.request, step, step.ends);
            model.set(step.request, step);
          }
          for (const asked of [step.request, 'sts domain0.test']) {
            const found = look(cache, asked, 50);
            const expected = model.get(asked);
            if (found === undefined) continue;
            expect(expected).toMatchObject(found);
            expect(expected?.ends).toBeGreaterThan(50);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
