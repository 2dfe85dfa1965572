import { describe, expect, it } from 'vitest';
import { createIssueList, MAX_ISSUES } from './issue-list.ts';
import { parseStsPolicy } from '../mta-sts/parse-sts-policy.ts';
import { parseStsRecord } from '../mta-sts/parse-sts-record.ts';
import { selectStsRecord } from '../mta-sts/sts-record-set.ts';

describe('createIssueList', () => {
  it('keeps issues in the order of lines, those without a line first', () => {
    const issues = createIssueList<'a' | 'b' | 'c'>('Text', 'RFC 8461 §3.2');
    issues.add('a', 'error', () => 'is wrong', 2);
    issues.add('b', 'notice', () => 'is odd', 1);
    issues.add('c', 'warning', () => 'is late');
    expect(issues.all().map(({ message }) => message)).toEqual([
      'Text: is late (RFC 8461 §3.2)',
      'Text, line 1: is odd (RFC 8461 §3.2)',
      'Text, line 2: is wrong (RFC 8461 §3.2)',
    ]);
  });

  it('once full, keeps what decides the verdict and says that there are more', () => {
    const issues = createIssueList<'a'>('Text', 'RFC 8461 §3.2');
    for (let line = 1; line <= MAX_ISSUES + 5; line += 1) issues.add('a', 'notice', () => '', line);
    expect(issues.isDecided()).toBe(false);
    for (const line of [201, 202]) issues.add('a', 'tolerated', () => '', line);
    for (const line of [203, 204]) issues.add('a', 'error', () => '', line);
    expect(issues.isDecided()).toBe(true);
    expect(issues.all().slice(MAX_ISSUES)).toMatchObject([
      { severity: 'tolerated', line: 201 },
      { severity: 'error', line: 203 },
      {
        code: 'issues-omitted',
        severity: 'notice',
        message: 'Text: more issues than these are not listed (RFC 8461 §3.2)',
      },
    ]);
  });
});

describe('hostile texts (RFC 8461 §3.1, §3.2)', () => {
  const plain = 'version: STSv1\nmode: enforce\nmx: mx.example.test\nmax_age: 1209600\n';

  it.each([
    ['lines without a colon', 'x\n'.repeat(32_768), false],
    ['invalid patterns', `${plain}${'mx: _\n'.repeat(10_000)}`, false],
    [
      'an invalid pattern behind many duplicates',
      `${plain}${'mode: none\n'.repeat(5000)}mx: _\n`,
      false,
    ],
    ['blank lines', `${plain}${'\n'.repeat(60_000)}`, true],
    ['duplicates', `${plain}${'mode: none\n'.repeat(5000)}`, true],
    ['the same mx', `${plain}${'mx: a.test\n'.repeat(5000)}`, true],
  ])('a policy of %s is judged rightly, with a short list', (_what, body, ok) => {
    const parsed = parseStsPolicy(body);
    expect(parsed.ok).toBe(ok);
    expect(parsed.issues.length).toBeLessThan(MAX_ISSUES + 20);
    expect(parsed.issues.at(-1)).toMatchObject({ code: 'issues-omitted' });
  });

  it('what is tolerated counts strictly, however late it comes', () => {
    const body = `${plain}${'mode: none\n'.repeat(200)}\n`;
    expect(parseStsPolicy(body).ok).toBe(true);
    expect(parseStsPolicy(body, { strict: true }).ok).toBe(false);
  });

  it('a record of many fields is judged rightly, with a short list', () => {
    expect(parseStsRecord(`v=STSv1; id=1${'; a=1'.repeat(10_000)}`).ok).toBe(true);
    const parsed = parseStsRecord(`v=STSv1; id=1${'; a=1'.repeat(10_000)};;`);
    expect(parsed.ok).toBe(false);
    expect(parsed.issues).toHaveLength(MAX_ISSUES + 2);
    expect(selectStsRecord(Array.from({ length: 5000 }, () => 'x')).issues).toHaveLength(
      MAX_ISSUES,
    );
  });
});
