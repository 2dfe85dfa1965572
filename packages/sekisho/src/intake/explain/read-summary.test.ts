import type { Domain } from '@sekisho/spec';
import { expect, it, onTestFinished } from 'vitest';
import { type ArrivedReport, openMemoryIntakeStore } from '../store/index.ts';
import { readReportSummary } from './index.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 10, 23);
const A = 'a.example' as Domain;

function report(day: number, failed: number): ArrivedReport {
  const startMs = START + day * DAY;
  return {
    report: {
      reportId: String(day),
      startMs,
      endMs: startMs + DAY,
      policies: [
        {
          policyType: 'sts',
          policyString: ['version: STSv1', 'mode: enforce', 'mx: mx.a.example', 'max_age: 86400'],
          policyDomain: A,
          mxHost: [],
          totalSuccessfulSessionCount: 10,
          totalFailureSessionCount: failed,
          failureDetails: [
            {
              resultType: 'validation-failure',
              failedSessionCount: failed,
              receivingMxHostname: 'old.a.example',
            },
          ],
        },
      ],
    },
    issues: [],
    raw: Buffer.from(String(day)),
    receivedAtMs: startMs + DAY,
    channel: 'lmtp',
    trust: { kind: 'verified', signedBy: 'r.example', selector: 's', keyService: '*' },
    submitter: 'r.example',
  };
}

it('sums up what came in, and explains it', async () => {
  const store = await openMemoryIntakeStore();
  onTestFinished(() => store.close());
  for (const day of [0, 1, 2, 3, 4]) await store.putReport(report(day, 1));
  const scope = { firstDay: '2026-11-23', lastDay: '2026-11-29' };
  for (const about of [scope, { ...scope, domain: A }]) {
    const summary = await readReportSummary(store, about, { today: '2026-12-02' });
    expect(summary).toMatchObject({ trust: 'verified', domains: [{ domain: A, failed: 5 }] });
    expect(summary.days).toHaveLength(5);
    expect(summary.findings.map(({ code }) => code)).toEqual([
      'mx-not-in-policy',
      'reporter-silent',
    ]);
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  }
  const nothing = { ...scope, domain: 'b.example' as Domain };
  const summary = await readReportSummary(store, nothing, { today: '2026-11-30' });
  expect(summary.findings.map(({ code }) => code)).toEqual(['no-reports']);
});
