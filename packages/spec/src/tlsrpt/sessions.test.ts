import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregateSessions, type TlsSession } from './aggregate-sessions.ts';
import { countSessions } from './count-sessions.ts';
import { parseReportFileName, formatReportFileName } from './report-names.ts';

const applied = (policyDomain: string, policyType = 'sts') => ({
  policyType,
  policyDomain,
  policyString: ['version: STSv1'],
  mxHost: [],
});

const session = fc.record({
  policy: fc.constantFrom(applied('a.example'), applied('b.example'), applied('a.example', 'tlsa')),
  isSuccess: fc.boolean(),
  failures: fc.array(
    fc.record({ resultType: fc.constantFrom('validation-failure', 'certificate-expired') }),
    { maxLength: 3 },
  ),
  count: fc.integer({ min: 1, max: 5 }),
});

describe('aggregateSessions (RFC 8460 §4.2, §4.3)', () => {
  it('RPT-4.2.2-1: counts every session once, in whatever order they came', () => {
    fc.assert(
      fc.property(fc.array(session, { maxLength: 40 }), (sessions: TlsSession[]) => {
        const entries = aggregateSessions(sessions);
        const total = entries.reduce(
          (sum, entry) => sum + entry.totalSuccessfulSessionCount + entry.totalFailureSessionCount,
          0,
        );
        expect(total).toBe(sessions.reduce((sum, { count = 1 }) => sum + count, 0));
        expect(aggregateSessions(sessions.toReversed())).toEqual(entries);
      }),
    );
  });

  it('RPT-4-4: a session that failed in two ways is one failure with two details', () => {
    const failures = [{ resultType: 'certificate-expired' }, { resultType: 'validation-failure' }];
    const [entry] = aggregateSessions([
      { policy: applied('a.example'), isSuccess: false, failures },
    ]);
    expect(entry?.totalFailureSessionCount).toBe(1);
    expect(entry?.failureDetails).toHaveLength(2);
  });

  it('RPT-4-5: policies of both kinds for one domain stand side by side', () => {
    const sessions = ['sts', 'tlsa'].map((type) => ({
      policy: applied('a.example', type),
      isSuccess: true,
      failures: [],
    }));
    expect(aggregateSessions(sessions)).toHaveLength(2);
  });
});

describe('countSessions (RFC 8460 §4)', () => {
  const entry = (policyType: string, successful: number, failed: number) => ({
    ...applied('a.example', policyType),
    totalSuccessfulSessionCount: successful,
    totalFailureSessionCount: failed,
    failureDetails: [],
  });

  it('counts once what is listed under tlsa and again under sts, with the greater failures', () => {
    const counts = countSessions([entry('tlsa', 5, 0), entry('sts', 3, 2)]);
    expect(counts).toEqual([{ policyDomain: 'a.example', successful: 3, failed: 2 }]);
  });

  it('adds up what cannot be the same sessions', () => {
    const counts = countSessions([
      entry('tlsa', 5, 0),
      entry('sts', 1, 0),
      entry('no-policy-found', 2, 1),
    ]);
    expect(counts).toEqual([{ policyDomain: 'a.example', successful: 8, failed: 1 }]);
  });
});

describe('parseReportFileName (RFC 8460 §5.1)', () => {
  it.each(['example.net!example.com!1!2.json', 'example.net!example.com!1!2!001.json.gz'])(
    'RPT-5.1-1, RPT-5.1-4: %s is read and written',
    (text) => {
      const name = parseReportFileName(text);
      expect(name && formatReportFileName(name)).toBe(text);
    },
  );

  it.each([
    'a!b.json',
    '../../etc/passwd',
    'a..b!c.example!1!2.json',
    'a.example!b.example!1!2.zip',
  ])('does not read %s', (text) => {
    expect(parseReportFileName(text)).toBeUndefined();
  });
});
