import { describe, expect, it } from 'vitest';
import { countTests, formatCount, nameFailures } from '../../tools/count.ts';

const file = (status: string, ...states: readonly string[]) => ({
  status,
  assertionResults: states.map((state) => ({ status: state })),
});

describe('the closing line', () => {
  it('counts what vitest reports', () => {
    const report = {
      testResults: [
        file('failed', 'passed', 'failed', 'pending'),
        file('passed', 'passed', 'todo'),
      ],
    };
    expect(formatCount(countTests(report, true))).toBe('2 passed, 1 failed, 2 skipped');
  });

  it('names no skipped tests where there are none', () => {
    expect(formatCount(countTests({ testResults: [file('passed', 'passed')] }, false))).toBe(
      '1 passed, 0 failed',
    );
  });

  it('counts a file that cannot be loaded as failed', () => {
    expect(countTests({ testResults: [file('failed')] }, true).failed).toBe(1);
  });

  it('counts a crash as failed, with a report or without one', () => {
    expect(countTests({ testResults: [file('passed', 'passed')] }, true)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
    expect(countTests(undefined, true)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(countTests('nonsense', true)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe('what failed', () => {
  it('is named with the first line of why', () => {
    const failed = {
      status: 'failed',
      fullName: 'kills thirty times',
      failureMessages: ['Error: two are lost\n    at somewhere'],
    };
    const report = {
      testResults: [
        { name: '/a/b/kills.test.ts', status: 'failed', assertionResults: [failed] },
        {
          name: '/a/b/broken.test.ts',
          status: 'failed',
          message: 'no such file',
          assertionResults: [],
        },
        { name: '/a/b/good.test.ts', ...file('passed', 'passed') },
      ],
    };
    expect(nameFailures(report)).toEqual([
      'kills.test.ts > kills thirty times: Error: two are lost',
      'broken.test.ts: no such file',
    ]);
  });

  it('is nothing where there is no report', () => {
    for (const report of [undefined, 'nonsense', { testResults: [{}, 5] }])
      expect(nameFailures(report)).toEqual([]);
  });
});
