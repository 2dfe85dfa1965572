import { describe, expect, it } from 'vitest';
import type { Change } from '../../../publish/store/index.ts';
import { createPaint } from '../text/style.ts';
import { formatMaxAge, readMaxAge } from './max-age.ts';
import { createProgress } from './progress.ts';
import { toJson } from '../text/to-json.ts';

describe('readMaxAge (RFC 8461 §3.2)', () => {
  it.each([
    ['0', 0],
    ['604800', 604_800],
    ['90s', 90],
    ['30m', 1800],
    ['12h', 43_200],
    ['7d', 604_800],
    ['4w', 2_419_200],
  ])('%s is %d seconds', (text, seconds) => expect(readMaxAge(text)).toBe(seconds));

  it.each(['', '-1', '1.5d', '1y', '7 d', '1e3', '9999999999'])('refuses %j', (text) =>
    expect(() => readMaxAge(text)).toThrow(/--max-age: given is/u),
  );
});

describe('formatMaxAge', () => {
  it.each([
    [604_800, '7 days (604800 s)'],
    [86_400, '1 day (86400 s)'],
    [3600, '1 hour (3600 s)'],
    [90, '90 s'],
    [0, '0 s'],
  ])('%d is %s', (seconds, text) => expect(formatMaxAge(seconds)).toBe(text));
});

describe('toJson', () => {
  it('writes moments as RFC 3339 text, and nothing else otherwise', () => {
    const at = Date.UTC(2026, 0, 2);
    expect(
      toJson({ atMs: at, held: [{ untilMs: at }], mayGoAtMs: at, durationMs: 5, timeoutMs: at }),
    ).toEqual({
      at: '2026-01-02T00:00:00.000Z',
      held: [{ until: '2026-01-02T00:00:00.000Z' }],
      mayGoAt: '2026-01-02T00:00:00.000Z',
      durationMs: 5,
      timeoutMs: at,
    });
    expect(toJson({ untilMs: Infinity, none: undefined })).toEqual({
      untilMs: Infinity,
      none: undefined,
    });
  });
});

describe('createProgress', () => {
  const change: Change = {
    version: 1,
    purpose: 'set',
    step: 'serve',
    startedAtMs: 0,
    stepSinceMs: 0,
    attempts: 0,
    nextAttemptAtMs: 0,
  };
  const problem = { code: 'not-yet', message: 'ns2 lags behind', remedy: 'Wait.', atMs: 0 };
  const failed: Change = {
    ...change,
    step: 'confirm',
    attempts: 2,
    nextAttemptAtMs: 5000,
    problem,
  };

  function show(live: boolean): string {
    let text = '';
    const output = { write: (chunk: string) => (text += chunk) };
    const progress = createProgress(output, createPaint(false), live);
    progress.show(change, 0);
    progress.show({ ...change, step: 'announce' }, 0);
    progress.show(failed, 0);
    progress.show({ ...failed, attempts: 3 }, 0);
    progress.finish();
    return text;
  }

  it('writes each line once where nothing can be written over', () => {
    expect(show(false)).toBe(
      [
        '  ✓ serve     the policy host gives out the new text',
        '  ✓ verify    fetched from outside: the same bytes',
        '  ✓ announce  the new id is on its way into the DNS',
        '  … confirm   ns2 lags behind',
        '    → Wait.',
        '  ✓ confirm   every authoritative server shows the id',
        '',
      ].join('\n'),
    );
  });

  it('writes over the line of the step under way on a terminal', () => {
    const text = show(true);
    expect(text).toContain('\r\x1b[2K  … serve     handing the text to the policy host');
    expect(text).toContain('\r\x1b[2K  … confirm   tried 3 times, again in 5 seconds');
    expect(text.match(/ns2 lags behind/gu)).toHaveLength(1);
  });
});
