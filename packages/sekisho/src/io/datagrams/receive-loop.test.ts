import { describe, expect, it } from 'vitest';
import { type BuiltBatch, createBatchBuilder, runReceiveLoop } from './receive-loop.ts';

interface Scene {
  /** What each call to the system yields; then nothing. `undefined` is a failure. */
  readonly arrivals: readonly (readonly string[] | undefined)[];
  /** When the order to stop comes: at this call. Default: behind the last arrival and a long wait. */
  readonly stopAt?: number;
  readonly isEndless?: boolean;
  readonly mostCount?: number;
  readonly mostBytes?: number;
}

function play({
  arrivals,
  stopAt = 1_000,
  isEndless = false,
  mostCount = 100,
  mostBytes = 1_000,
}: Scene) {
  const batches: { readonly texts: string[]; readonly atMs: number }[] = [];
  const waits: number[] = [];
  let nowMs = 1_000;
  let calls = 0;
  let tooLong = 0;
  const receive = (): readonly string[] | undefined => {
    const index = calls;
    calls += 1;
    return index < arrivals.length ? arrivals[index] : isEndless ? ['more'] : [];
  };
  const textsOf = ({ bytes, ends }: BuiltBatch): string[] => {
    const text = Buffer.from(bytes).toString();
    return [...ends].map((end, index) => text.slice(ends[index - 1] ?? 0, end));
  };
  const isOrderly = runReceiveLoop({
    vector: {
      receive() {
        const texts = receive();
        if (texts === undefined) return undefined;
        return {
          count: texts.length,
          lengthOf: (index) => texts[index]?.length ?? 0,
          bytesOf: (index) => Buffer.from(texts[index] ?? ''),
        };
      },
    },
    builder: createBatchBuilder(mostBytes, mostCount),
    mostDatagramBytes: 10,
    mostCount,
    mostBytes,
    waitMs(ms) {
      waits.push(ms);
      nowMs += ms;
    },
    now: () => nowMs,
    isStopped: () => calls >= stopAt,
    onBatch: (batch) => void batches.push({ texts: textsOf(batch), atMs: nowMs }),
    onTooLong: () => void (tooLong += 1),
  });
  return { isOrderly, batches, waits, tooLong, calls };
}

describe('runReceiveLoop', () => {
  it('sends together what arrives within 20 ms', () => {
    const { batches } = play({ arrivals: [['a'], ['b', 'c'], [], ['d']], stopAt: 100 });
    expect(batches).toEqual([{ texts: ['a', 'b', 'c', 'd'], atMs: 1_020 }]);
  });

  it('sleeps at most 200 ms while nothing comes', () => {
    const { batches, waits } = play({ arrivals: [], stopAt: 5 });
    expect(batches).toEqual([]);
    expect(new Set(waits)).toEqual(new Set([200]));
  });

  it.each([
    ['count', { mostCount: 2 }, [['a', 'b'], ['c', 'd'], ['e']]],
    [
      'bytes',
      { mostBytes: 3 },
      [
        ['a', 'b', 'c'],
        ['d', 'e'],
      ],
    ],
  ])('sends at once what is full by %s', (_what, limits, expected) => {
    const { batches } = play({ arrivals: [['a', 'b', 'c', 'd', 'e']], ...limits });
    expect(batches.map(({ texts }) => texts)).toEqual(expected);
  });

  it('leaves out what is longer than was read', () => {
    const { batches, tooLong } = play({ arrivals: [['0123456789', '0123456789a', '']] });
    expect(batches.map(({ texts }) => texts)).toEqual([['0123456789', '']]);
    expect(tooLong).toBe(1);
  });

  it('receives what had arrived before the order to stop', () => {
    const { isOrderly, batches } = play({ arrivals: [['a'], ['b'], ['c']], stopAt: 1 });
    expect(isOrderly).toBe(true);
    expect(batches.map(({ texts }) => texts)).toEqual([['a', 'b', 'c']]);
  });

  it('stops under one who never stops sending', () => {
    const { isOrderly, calls } = play({ arrivals: [], isEndless: true, stopAt: 10 });
    expect(isOrderly).toBe(true);
    expect(calls).toBeLessThan(100);
  });

  it('ends when receiving fails, and hands over what it has', () => {
    const { isOrderly, batches } = play({ arrivals: [['a'], undefined] });
    expect(isOrderly).toBe(false);
    expect(batches.map(({ texts }) => texts)).toEqual([['a']]);
  });
});
