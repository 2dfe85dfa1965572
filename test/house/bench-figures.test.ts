import { describe, expect, it } from 'vitest';
import { compareRounds, listFigures } from '../../bench/compare/figures.ts';

describe('the figures of a benchmark', () => {
  it('are those of Sekisho, named by what was measured, the median of the rounds of a run', () => {
    const rounds = [{ cpuUs: 3, requests: 9 }, { cpuUs: 5 }, { cpuUs: 4 }];
    const results = {
      warm: {
        points: [
          { subject: 'Sekisho', transport: 'tcp', connections: 64, rounds },
          { subject: 'bare C', transport: 'tcp', connections: 64, rounds },
        ],
      },
      scale: [{ policies: 1000, points: { tcp: { subject: 'Sekisho', rounds } } }],
      cold: [{ perSecond: 400, bare: { perSecond: 900 } }],
      ready: { triesMs: [7, 9, 8] },
    };
    expect([...listFigures(results)]).toEqual([
      ['warm, tcp, connections 64: cpuUs', 4],
      ['scale, policies 1000, tcp: cpuUs', 4],
      ['cold: perSecond', 400],
      ['ready: triesMs', 8],
    ]);
  });

  const rounds = (name: string, ...values: readonly number[]) =>
    values.map((value) => new Map([[name, value]]));

  it.each([
    ['x: cpuUs', [1, 2, 3], [4, 5, 6], 'worse outside'],
    ['x: cpuUs', [4, 5, 6], [1, 2, 3], 'better outside'],
    ['x: cpuUs', [1, 2, 4], [3, 5, 6], 'within'],
    ['x: perSecond', [1, 2, 3], [4, 5, 6], 'better outside'],
    ['x: perSecond', [4, 5, 6], [1, 2, 3], 'worse outside'],
    ['x: perSecond', [1, 2], [1, 2], 'within'],
  ])('of %s, %j before and %j after: %s', (name, before, after, verdict) => {
    const { compared } = compareRounds(rounds(name, ...before), rounds(name, ...after));
    expect(compared).toMatchObject([{ name, before, after, verdict }]);
  });

  it('that one tree has alone are named, and not compared', () => {
    const { compared, missing } = compareRounds(rounds('a: cpuUs', 1), rounds('b: cpuUs', 1));
    expect(compared).toEqual([]);
    expect(missing).toEqual(['a: cpuUs', 'b: cpuUs']);
  });
});
