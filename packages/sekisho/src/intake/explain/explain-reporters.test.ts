import { describe, expect, it } from 'vitest';
import { explainReporters, findSilentReporters } from './index.ts';

const DAY = 86_400_000;
const TODAY = '2026-11-30';

/** Days counted back from today. */
function ago(...days: readonly number[]): readonly string[] {
  return days.map((back) => new Date(Date.parse(TODAY) - back * DAY).toISOString().slice(0, 10));
}

function reporter(submitter: string, ...days: readonly number[]) {
  return { submitter, days: ago(...days), lastReceivedAtMs: 0 };
}

const GOOD = { successful: 100, failed: 0, before: { reports: 1, successful: 100, failed: 0 } };

describe('findSilentReporters', () => {
  it.each<[string, number[], number | undefined]>([
    ['daily, up to yesterday', [6, 5, 4, 3, 2, 1], undefined],
    ['daily, the last one still on its way', [7, 6, 5, 4, 3], undefined],
    ['daily, three days missing', [8, 7, 6, 5, 4], 3],
    ['daily with one gap', [30, 29, 28, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10], 9],
    ['weekly, within its habit', [40, 33, 26, 19, 12], undefined],
    ['weekly, two weeks missing', [50, 43, 36, 29, 22], 21],
    ['of too few reports', [8, 7, 6, 5], undefined],
    ['never', [], undefined],
  ])('%s', (_how, days, missedDays) => {
    const found = findSilentReporters([reporter('r.example', ...days)], TODAY);
    expect(found.map((silent) => silent.missedDays)).toEqual(missedDays ? [missedDays] : []);
  });
});

describe('explainReporters', () => {
  const facts = { totals: GOOD, reporters: [], firstDay: '2026-11-24', today: TODAY };

  it('has nothing to say while all is as it was', () => {
    const reporters = [reporter('r.example', 8, 7, 6, 5, 4, 3, 2, 1)];
    expect(explainReporters({ ...facts, reporters })).toEqual([]);
  });

  it('misses a reporter', () => {
    const reporters = [reporter('google.com', 10, 9, 8, 7, 6, 5, 4)];
    expect(explainReporters({ ...facts, reporters })).toMatchObject([
      {
        code: 'reporter-silent',
        meaning:
          'google.com has not reported for 3 days, and usually does every day. Its last report is about 2026-11-26.',
      },
    ]);
  });

  it('greets a new reporter, unless all are new', () => {
    const young = reporter('new.example', 3, 2, 1);
    const old = reporter('old.example', 9, 8, 2, 1);
    const codes = (reporters: readonly (typeof young)[]) =>
      explainReporters({ ...facts, reporters }).map(({ code }) => code);
    expect(codes([young, old])).toEqual(['reporter-new']);
    expect(codes([young])).toEqual([]);
  });

  it.each<[number, number, boolean]>([
    [49, 100, true],
    [50, 100, false],
    [10, 99, false],
  ])('%i sessions after %i: a drop is %j', (successful, before, isDrop) => {
    const totals = { ...GOOD, successful, before: { reports: 1, successful: before, failed: 0 } };
    const codes = explainReporters({ ...facts, totals }).map(({ code }) => code);
    expect(codes).toEqual(isDrop ? ['sessions-dropped'] : []);
  });

  it('says when nothing came, in both languages', () => {
    const none = { ...facts, totals: undefined };
    expect(explainReporters(none)[0]?.meaning).toBe('No verified report came in these days.');
    expect(explainReporters(none, 'ja')[0]?.meaning).toBe('この期間に検証済みの報告はありません。');
  });
});
