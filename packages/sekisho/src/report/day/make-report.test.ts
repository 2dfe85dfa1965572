import { type Domain, parseTlsReport, type TlsReport } from '@sekisho/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CountedSessions, ReportWithDeliveries } from '../store/index.ts';
import { type DayReport, type DayReportOptions, type DayToReport, makeReport } from './index.ts';

const DOMAIN = 'example.com' as Domain;
const RECORD = 'v=TLSRPTv1; rua=mailto:tls@example.com';
const OPTIONS: DayReportOptions = {
  organizationName: 'Example Net',
  contactInfo: 'tls@example.net',
  submitter: 'example.net' as Domain,
};

function counted(changes: Partial<CountedSessions> = {}): CountedSessions {
  const policy = { policyType: 'no-policy-found', policyString: [], mxHost: [] };
  const what = { day: '2026-11-23', domain: DOMAIN, record: RECORD, source: 'datagram' } as const;
  return { ...what, policy, isSuccess: true, failures: [], count: 1, ...changes };
}

function given(changes: Partial<DayToReport> = {}): DayToReport {
  return {
    day: '2026-11-23',
    domain: DOMAIN,
    sessions: [counted()],
    looked: { kind: 'record', text: RECORD },
    nowMs: 5,
    firstAttemptAtMs: 9,
    isHeld: false,
    ...changes,
  };
}

function made(result: DayReport): ReportWithDeliveries {
  if (result.kind !== 'made') throw new Error(result.why);
  return result.made;
}

function read(result: DayReport): TlsReport {
  const parsed = parseTlsReport(made(result).report.json);
  if (!parsed.ok) throw new Error(parsed.issues[0]?.message);
  expect(parsed.issues.filter(({ severity }) => severity !== 'notice')).toEqual([]);
  return parsed.value;
}

const failed = (resultType: string, changes: Partial<CountedSessions> = {}): CountedSessions =>
  counted({ isSuccess: false, failures: [{ resultType }], ...changes });

describe('makeReport (RFC 8460 §4)', () => {
  it('RPT-4.1-1, RPT-4-2, RPT-4.4-4: covers the day, and says whose it is', () => {
    const report = read(makeReport(given(), OPTIONS));
    expect(report).toMatchObject({
      organizationName: 'Example Net',
      contactInfo: 'tls@example.net',
      startMs: Date.UTC(2026, 10, 23),
      endMs: Date.UTC(2026, 10, 24),
    });
    expect(report.reportId).toMatch(/^20261123\.[0-9a-f]{20}@example\.net$/);
    expect(made(makeReport(given(), OPTIONS)).report.reportId).toBe(report.reportId);
    const others = [given({ day: '2026-11-24' }), given({ domain: 'example.org' as Domain })].map(
      (other) => made(makeReport(other, OPTIONS)).report.reportId,
    );
    expect(new Set([report.reportId, ...others]).size).toBe(3);
  });

  it('sums up sessions whatever record and source they came with', () => {
    const sessions = [
      counted({ count: 5 }),
      counted({ record: 'v=TLSRPTv1; rua=mailto:old@example.com', count: 3 }),
      failed('certificate-expired', { source: 'log', count: 2 }),
    ];
    const result = makeReport(given({ sessions }), OPTIONS);
    expect(read(result).policies).toEqual([
      {
        policyType: 'no-policy-found',
        policyString: [],
        policyDomain: 'example.com',
        mxHost: [],
        totalSuccessfulSessionCount: 8,
        totalFailureSessionCount: 2,
        failureDetails: [{ resultType: 'certificate-expired', failedSessionCount: 2 }],
      },
    ]);
    expect(made(result).report).toMatchObject({ successes: 8, failures: 2, madeAtMs: 5 });
  });

  it('adds what discovery found to the failures, not to the sessions (RFC 8460 §4.3.2.2)', () => {
    const found = failed('sts-policy-fetch-error', { source: 'discovery', count: 4 });
    const [entry] = read(makeReport(given({ sessions: [counted(), found] }), OPTIONS)).policies;
    expect(entry).toMatchObject({
      totalSuccessfulSessionCount: 1,
      totalFailureSessionCount: 0,
      failureDetails: [{ resultType: 'sts-policy-fetch-error', failedSessionCount: 4 }],
    });
  });

  it.each<[string, DayToReport['looked'], string | undefined]>([
    [
      'the record found now',
      { kind: 'record', text: 'v=TLSRPTv1; rua=mailto:new@x.example' },
      'mailto:new@x.example',
    ],
    [
      'the one seen last where the DNS does not tell',
      { kind: 'unreachable' },
      'mailto:two@example.com',
    ],
  ])('AMB-78: goes to %s', (_what, looked, uri) => {
    const sessions = ['one', 'two'].map((name) =>
      counted({ record: `v=TLSRPTv1; rua=mailto:${name}@example.com` }),
    );
    const { record: _none, ...bare } = counted();
    const result = makeReport(given({ looked, sessions: [...sessions, bare] }), OPTIONS);
    expect(made(result).deliveries.map((delivery) => delivery.uri)).toEqual([uri]);
  });

  it.each<[string, Partial<DayToReport>, Partial<DayReportOptions>]>([
    ['no-record', { looked: { kind: 'none' } }, {}],
    ['record-invalid', { looked: { kind: 'invalid' } }, {}],
    ['record-invalid', { looked: { kind: 'record', text: 'v=TLSRPTv1; rua=ftp://x.example' } }, {}],
    ['record-unreachable', { looked: { kind: 'unreachable' }, sessions: [bareSession()] }, {}],
    ['no-failures', {}, { failuresOnly: true }],
  ])('makes none: %s', (why, changes, options) => {
    const result = makeReport(given(changes), { ...OPTIONS, ...options });
    expect(result).toEqual({ kind: 'skipped', why });
  });

  it('RPT-4.2.1-1, AMB-77: a day of successes has a report, unless only failures are wanted', () => {
    expect(makeReport(given(), OPTIONS).kind).toBe('made');
    const discovery = failed('sts-policy-invalid', { source: 'discovery' });
    const sessions = [counted(), discovery];
    expect(makeReport(given({ sessions }), { ...OPTIONS, failuresOnly: true }).kind).toBe('made');
  });

  it.each<[DayReportOptions['destinations'], boolean, readonly string[]]>([
    ['all', false, ['waiting', 'waiting', 'waiting']],
    ['first', false, ['waiting', 'held', 'held']],
    ['all', true, ['held', 'held', 'held']],
  ])('RPT-3-22, RPT-3-23: %s destinations, held %s', (destinations, isHeld, states) => {
    const uris = ['https://x.example/r', 'mailto:a@x.example', 'mailto:b@x.example'];
    const text = `v=TLSRPTv1; rua=${[...uris, uris[1]].join(',')}`;
    const looked = { kind: 'record', text } as const;
    const result = makeReport(given({ looked, isHeld }), {
      ...OPTIONS,
      ...(destinations === undefined ? {} : { destinations }),
    });
    expect(made(result).deliveries).toEqual(
      uris.map((uri, place) => ({
        reportId: made(result).report.reportId,
        place,
        uri,
        state: states[place],
        attempts: 0,
        nextAttemptAtMs: 9,
      })),
    );
  });

  it('goes to ten destinations at most (RFC 8460 §7)', () => {
    const uris = Array.from({ length: 50 }, (_, index) => `mailto:a@x${index}.example`);
    const looked = { kind: 'record', text: `v=TLSRPTv1; rua=${uris.join(',')}` } as const;
    expect(made(makeReport(given({ looked }), OPTIONS)).deliveries).toHaveLength(10);
  });

  it('RPT-8-1: leaves out our own addresses where told to', () => {
    const failures = ['192.0.2.1', '192.0.2.2'].map((sendingMtaIp) => ({
      resultType: 'tlsa-invalid',
      sendingMtaIp,
    }));
    const sessions = failures.map((one) => counted({ isSuccess: false, failures: [one] }));
    const details = (redactSendingAddresses: boolean) =>
      read(makeReport(given({ sessions }), { ...OPTIONS, redactSendingAddresses })).policies[0]
        ?.failureDetails;
    expect(details(false)).toHaveLength(2);
    expect(details(true)).toEqual([{ resultType: 'tlsa-invalid', failedSessionCount: 2 }]);
  });

  it('AMB-61, RPT-4.3.3-1, RPT-4.4-12: tells what no report may say in the way it may', () => {
    const failure = {
      resultType: 'odd-thing',
      sendingMtaIp: '2001:0DB8:0::1',
      receivingIp: 'unknown',
      receivingMxHostname: 'MX.Example.com.',
      receivingMxHelo: '',
      additionalInformation: 'not a URI',
    };
    const policy = { policyType: 'other', policyString: ['x'], policyDomain: '..', mxHost: ['y'] };
    const sessions = [counted({ policy, isSuccess: false, failures: [failure] })];
    expect(read(makeReport(given({ sessions }), OPTIONS)).policies).toEqual([
      expect.objectContaining({
        policyType: 'no-policy-found',
        policyDomain: 'example.com',
        failureDetails: [
          {
            resultType: 'validation-failure',
            sendingMtaIp: '2001:db8::1',
            receivingMxHostname: 'mx.example.com',
            failureReasonCode: 'odd-thing',
            failedSessionCount: 1,
          },
        ],
      }),
    ]);
  });

  it('never throws for what mail servers and logs say, and keeps the sums', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constant('192.0.2.1'), fc.ipV6());
    const failure = fc.record(
      {
        resultType: text,
        sendingMtaIp: text,
        receivingIp: text,
        receivingMxHelo: text,
        receivingMxHostname: text,
        additionalInformation: text,
        failureReasonCode: text,
      },
      { requiredKeys: ['resultType'] },
    );
    const policy = fc.record({
      policyType: fc.oneof(text, fc.constantFrom('sts', 'tlsa')),
      policyString: fc.array(text, { maxLength: 3 }),
      policyDomain: fc.oneof(text, fc.domain()),
      mxHost: fc.array(text, { maxLength: 3 }),
    });
    const session = fc.record({
      policy,
      isSuccess: fc.boolean(),
      failures: fc.array(failure, { maxLength: 3 }),
      count: fc.integer({ min: 1, max: 1000 }),
    });
    fc.assert(
      fc.property(fc.array(session, { minLength: 1, maxLength: 8 }), (list) => {
        const sessions = list.map((changes) => counted(changes));
        const limits = { sizeBytes: 2_000, failureDetails: 3 };
        const { report } = made(makeReport(given({ sessions }), { ...OPTIONS, limits }));
        const sum = list.reduce((before, { count }) => before + count, 0);
        expect(report.successes + report.failures).toBe(sum);
        expect(Buffer.byteLength(report.json)).toBeLessThanOrEqual(2_000);
        expect(JSON.parse(report.json)).toHaveProperty('policies');
      }),
      { numRuns: 120 },
    );
  });
});

describe('makeReport within bounds (RFC 8460 §5.2)', () => {
  const many = Array.from({ length: 400 }, (_, index) => {
    const receivingIp = `10.0.${index >> 8}.${index & 255}`;
    const receivingMxHostname = `mx${index % 2}.example.com`;
    const failure = { resultType: 'certificate-expired', receivingIp, receivingMxHostname };
    return counted({ isSuccess: false, failures: [failure], count: index + 1 });
  });
  const sum = (400 * 401) / 2;
  const failedSessions = (report: TlsReport): number =>
    report.policies
      .flatMap(({ failureDetails }) => failureDetails)
      .reduce((before, { failedSessionCount }) => before + failedSessionCount, 0);

  it('says all while there is room', () => {
    const result = makeReport(given({ sessions: many }), OPTIONS);
    expect(result).toMatchObject({ isShortened: false });
    expect(read(result).policies[0]?.failureDetails).toHaveLength(400);
  });

  it.each([
    [{ sizeBytes: 10_000_000, failureDetails: 100 }],
    [{ sizeBytes: 9_000, failureDetails: 10_000 }],
    [{ sizeBytes: 1_000, failureDetails: 10_000 }],
  ])('counts rare failures together to fit %j', (limits) => {
    const result = makeReport(given({ sessions: many }), { ...OPTIONS, limits });
    const report = read(result);
    const details = report.policies[0]?.failureDetails ?? [];
    expect(result).toMatchObject({ isShortened: true });
    expect(Buffer.byteLength(made(result).report.json)).toBeLessThanOrEqual(limits.sizeBytes);
    expect(details.length).toBeLessThanOrEqual(limits.failureDetails);
    expect(failedSessions(report)).toBe(sum);
    expect(made(result).report.failures).toBe(sum);
    // The most frequent one is told in full as long as any is.
    const whole = details.filter(({ receivingIp }) => receivingIp !== undefined);
    const most = whole.some(({ failedSessionCount }) => failedSessionCount === 400);
    expect(most || whole.length === 0).toBe(true);
  });

  it('drops the text of rare policies where that is what takes the room', () => {
    const sessions = Array.from({ length: 100 }, (_, index) =>
      counted({
        count: index + 1,
        policy: {
          policyType: 'sts',
          policyDomain: 'example.com',
          mxHost: ['mx.example.com'],
          policyString: ['version: STSv1', `comment: ${index} ${'x'.repeat(1000)}`],
        },
      }),
    );
    const limits = { sizeBytes: 30_000, failureDetails: 10 };
    const report = read(makeReport(given({ sessions }), { ...OPTIONS, limits }));
    expect(report.policies.length).toBeGreaterThan(5);
    const largest = report.policies.map((entry) => entry.totalSuccessfulSessionCount);
    expect(largest).toContain(100);
    expect(largest.reduce((before, count) => before + count, 0)).toBe(5050);
  });
});

function bareSession(): CountedSessions {
  const { record: _none, ...bare } = counted();
  return bare;
}
