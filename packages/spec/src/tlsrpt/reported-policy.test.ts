import { describe, expect, it } from 'vitest';
import { isOutsidePolicy, reportedMode, reportedPatterns } from './reported-policy.ts';

const LINES = ['version: STSv1', 'mode: testing', 'mx: mx.a.example', 'mx: *.b.example'];

describe('reportedMode (RFC 8460 §4.5)', () => {
  it.each<[string, string, readonly string[], string | undefined]>([
    ['a quoted policy', 'sts', LINES, 'testing'],
    ['without a space', 'sts', ['mode:enforce '], 'enforce'],
    ['one that nobody knows', 'sts', ['mode: other'], 'other'],
    ['the first of two', 'sts', ['mode: none', 'mode: enforce'], 'none'],
    ['no lines', 'sts', [], undefined],
    ['more than a mode', 'sts', ['mode: testing or so', `mode: ${'x'.repeat(17)}`], undefined],
    ['another policy', 'tlsa', LINES, undefined],
  ])('of %s', (_what, policyType, policyString, mode) => {
    expect(reportedMode({ policyType, policyString })).toBe(mode);
  });
});

describe('reportedPatterns (RFC 8460 §4.4)', () => {
  it.each<[string, string, readonly string[], readonly string[], readonly string[]]>([
    ['mx-host', 'sts', LINES, ['MX.c.example'], ['mx.c.example']],
    ['the quoted policy without mx-host', 'sts', LINES, [], ['mx.a.example', '*.b.example']],
    ['no text that is no pattern', 'sts', [], ['a*.example', '', 'mx.a.example'], ['mx.a.example']],
    ['none of another policy', 'no-policy-found', LINES, ['mx.a.example'], []],
  ])('takes %s', (_what, policyType, policyString, mxHost, patterns) => {
    expect(reportedPatterns({ policyType, policyString, mxHost })).toEqual(patterns);
  });
});

describe('isOutsidePolicy (RFC 8461 §4.1)', () => {
  const patterns = reportedPatterns({ policyType: 'sts', policyString: LINES, mxHost: [] });
  it.each<[string | undefined, boolean]>([
    ['mx.a.example', false],
    ['MX.A.example.', false],
    ['one.b.example', false],
    ['one.two.b.example', true],
    ['mx.c.example', true],
    ['[192.0.2.1]', false],
    ['no name at all', false],
    [undefined, false],
  ])('of host %s is %s', (host, isOutside) => {
    expect(isOutsidePolicy(patterns, host)).toBe(isOutside);
    expect(isOutsidePolicy([], host)).toBe(false);
  });
});
