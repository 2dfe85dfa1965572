/**
 * From a session of a real Postfix to an explanation for the domain that it was with: collected, reported when the day
 * is over, mailed or posted, verified, kept and explained by programs alone. What is demanded is in `cases.ts`.
 */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reasonsAgainstReporting } from './available.ts';
import { CASES, HEALTHY, REPORTED, type ReportCase } from './cases.ts';
import {
  AROUND_KILL,
  FORGED_FAILURES,
  NEXT_DAY_FAILING,
  NEXT_DAY_WELL,
  type Observed,
  play,
} from './play.ts';
import { printResults } from './result-table.ts';
import { REPORT_DOMAIN, REPORTER_DOMAIN } from './world/addresses.ts';
import { startReportWorld } from './world/report-world.ts';
import { provideReportingPostfix } from './world/reporting-postfix.ts';

const reasons = reasonsAgainstReporting();
if (reasons.length > 0) {
  console.warn(`SKIPPED: TLS reports cannot be played here: ${reasons.join('; ')}.`);
}

/** Making the root with another Postfix takes a minute or two on its first run. */
const START_MS = 900_000;

describe.skipIf(reasons.length > 0)('TLS reports, in the closed world', () => {
  let observed: Observed;
  let isOffline = false;

  beforeAll(async () => {
    const programs = provideReportingPostfix();
    if (programs === undefined) {
      isOffline = true;
      console.warn('SKIPPED: TLS reports cannot be played here: no mirror has Debian 13.');
      return;
    }
    const world = await startReportWorld(programs);
    const isKept = process.env['SEKISHO_E2E_KEEP'] === '1';
    if (isKept) console.warn(`The world is kept: ${world.folder}`);
    try {
      observed = await play(world);
      printResults(observed, programs.version);
    } finally {
      if (!isKept) await world.tearDown();
    }
  }, START_MS);

  beforeEach(({ skip }) => skip(isOffline, 'no mirror has Debian 13'));

  /** Of the report, when all that was told of it before the kill is kept. */
  const countOf = ({ domain, messages, counted }: ReportCase) => {
    const { before, atLast } = observed.kill;
    const sessions = domain === HEALTHY ? messages + atLast - before : messages;
    return counted === 'failure'
      ? { successful: 0, failed: sessions }
      : { successful: sessions, failed: 0 };
  };
  const reportOf = (domain: string) =>
    observed.listed.reports.find((report) => report.domain === domain);

  it.each(CASES)('$domain: $what: mail is $mail', ({ domain, messages, mail }) => {
    expect(observed.mail.get(domain)).toEqual(Array.from({ length: messages }, () => mail));
  });

  it('every domain with sessions gets one report, and all are sent (RPT-4.1-1)', () => {
    expect(observed.listed.days).toMatchObject([{ day: observed.day, isClosed: true }]);
    expect(observed.listed.reports.map(({ domain }) => domain).toSorted()).toEqual(
      REPORTED.map(({ domain }) => domain).toSorted(),
    );
    for (const { deliveries } of observed.listed.reports) {
      expect(deliveries).toMatchObject([{ state: 'sent' }]);
    }
  });

  it.each(REPORTED)('$domain: its report arrives, with all sessions', (each) => {
    const { reportId } = reportOf(each.domain) ?? {};
    const arrived = observed.received.filter(({ givenId }) => givenId === reportId);
    expect(arrived).toMatchObject([
      {
        day: observed.day,
        submitter: REPORTER_DOMAIN,
        channel: each.channel ?? 'lmtp',
        trust:
          each.channel === 'post'
            ? { kind: 'unauthenticated' }
            : { kind: 'verified', signedBy: REPORTER_DOMAIN, selector: 'tlsrpt' },
        ...countOf(each),
      },
    ]);
  });

  it('what was mailed counts; what was posted or forged is shown apart', () => {
    const { domains, unverified } = observed.explained.summary;
    const mailed = REPORTED.filter(({ channel }) => channel !== 'post');
    const byName = (a: { domain: string }, b: { domain: string }) => (a.domain < b.domain ? -1 : 1);
    expect(
      domains
        .map(({ domain, successful, failed }) => ({ domain, successful, failed }))
        .toSorted(byName),
    ).toEqual(mailed.map((each) => ({ domain: each.domain, ...countOf(each) })).toSorted(byName));
    const posted = REPORTED.length - mailed.length;
    expect(unverified).toMatchObject([{ submitter: REPORTER_DOMAIN, reports: posted + 1 }]);
    const forged = observed.received.filter(({ trust }) => trust.kind === 'unverified');
    expect(forged).toMatchObject([{ failed: FORGED_FAILURES, channel: 'lmtp' }]);
  });

  it('what failed is explained: how often, what, and at which MX host', () => {
    const { findings } = observed.explained.summary;
    const expected = CASES.filter(({ finding }) => finding !== undefined);
    expect(findings.map(({ domain, code }) => ({ domain, code }))).toEqual(
      expect.arrayContaining(
        expected.map(({ domain, finding }) => ({ domain, code: finding?.code })),
      ),
    );
    expect(findings.filter(({ domain }) => domain !== undefined)).toHaveLength(expected.length);
    for (const { domain, finding, messages, counted } of expected) {
      const found = findings.find((each) => each.domain === domain);
      if (finding?.mxHost === undefined) continue;
      expect(found?.evidence).toMatchObject({ mxHost: finding.mxHost });
      if (counted === 'failure') expect(found?.evidence.sessions).toBe(messages);
      expect(observed.explained.text).toContain(`${domain}: `);
      expect(unwrapped(observed.explained.text)).toContain(unwrapped(found?.meaning ?? ''));
    }
  });

  it('STS-6-1: a policy that could not be fetched is in the report, though mail went as without one', () => {
    const results = observed.explained.summary.results.filter(
      ({ domain }) => domain === 'unfetchable.lab.test',
    );
    expect(results).toMatchObject([{ resultType: 'sts-policy-fetch-error', policyType: 'sts' }]);
  });

  it('a kill costs at most the last seconds, and what is told afterwards adds up', () => {
    const { before, after, atLast } = observed.kill;
    const { settled, last } = AROUND_KILL;
    expect(after).toBeGreaterThanOrEqual(before + settled);
    expect(after).toBeLessThanOrEqual(before + settled + last);
    expect(atLast).toBe(after + AROUND_KILL.after);
    const reported = observed.listed.reports.reduce(
      (sum, { successes, failures }) => sum + successes + failures,
      0,
    );
    expect(reported).toBe(atLast);
  });

  it('mail with reports arrives where other mail is refused and is not counted (RPT-3-12)', () => {
    expect(observed.mail.get(REPORT_DOMAIN)).toEqual(['deferred']);
    expect(observed.listedNextDay.days).toMatchObject([
      { isClosed: false, domains: 2, successes: NEXT_DAY_WELL, failures: NEXT_DAY_FAILING },
    ]);
  });
});

function unwrapped(text: string): string {
  return text.replace(/\s+/g, ' ');
}
