import type { Domain } from '@sekisho/spec';
import type { Alert, AlertState } from '../../alert/index.ts';
import type { IntakeReader } from '../store/index.ts';
import { explainFailures, explainReporters, findSilentReporters } from '../explain/index.ts';
import { showText } from '../explain/show-text.ts';
import type { IntakeAlertCode, ReportAlertSettings } from './intake-alerts.ts';

type FoundAlert = Alert<IntakeAlertCode>;

/** What a look found. */
export interface FoundAlerts {
  readonly found: readonly FoundAlert[];
  /** Whether an alert that is not among them is over: where no report came, nothing is known. */
  readonly isOver: (standing: AlertState<IntakeAlertCode>) => boolean;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Long enough to know a reporter's habits. */
const HABIT_DAYS = 60;

type Store = Pick<
  IntakeReader,
  | 'listDomainTotals'
  | 'listReporterTotals'
  | 'listFailureGroups'
  | 'listReporterDays'
  | 'countRefused'
>;

/** Looks at the verified reports of the last days for everything that deserves an alert. */
export async function findReportAlerts(
  store: Store,
  nowMs: number,
  settings: ReportAlertSettings,
  concerns: (domain: string) => boolean,
): Promise<FoundAlerts> {
  const { failures, reported } = await findFailures(store, nowMs, settings, concerns);
  const silent = settings.silentReporters ? await findSilence(store, nowMs) : [];
  const refused = await findRefused(store, nowMs, settings);
  return {
    found: [...failures, ...silent, ...refused],
    isOver: ({ code, subject }) =>
      code !== 'failures-reported' || reported.has(subject.domain ?? ''),
  };
}

async function findFailures(
  store: Store,
  nowMs: number,
  settings: ReportAlertSettings,
  concerns: (domain: string) => boolean,
): Promise<{ readonly failures: readonly FoundAlert[]; readonly reported: ReadonlySet<string> }> {
  const bad = new Map<string, string>();
  const reported = new Set<string>();
  for (let back = settings.days - 1; back >= 0; back -= 1) {
    const day = dayText(nowMs - back * DAY_MS);
    for (const totals of await store.listDomainTotals({ firstDay: day, lastDay: day })) {
      const { domain } = totals;
      reported.add(showText(domain));
      if (!bad.has(domain) && isOverLimit(totals, settings) && concerns(domain))
        bad.set(domain, day);
    }
  }
  const failures: FoundAlert[] = [];
  const lastDay = dayText(nowMs);
  for (const [domain, firstDay] of bad)
    failures.push(await describeFailures(store, { domain: domain as Domain, firstDay, lastDay }));
  return { failures, reported };
}

function isOverLimit(
  { successful, failed }: { readonly successful: number; readonly failed: number },
  { failedCount, failedShare }: ReportAlertSettings,
): boolean {
  return failed > 0 && (failed >= failedCount || failed >= failedShare * (successful + failed));
}

async function describeFailures(
  store: Store,
  scope: { readonly domain: Domain; readonly firstDay: string; readonly lastDay: string },
): Promise<FoundAlert> {
  const { domain, firstDay } = scope;
  const [groups, reporters, [totals]] = await Promise.all([
    store.listFailureGroups(scope),
    store.listReporterTotals(scope),
    store.listDomainTotals(scope),
  ]);
  const names = reporters.map(({ submitter }) => submitter);
  const findings = explainFailures({ domain, groups, reporters: names });
  const { failed = 0, successful = 0 } = totals ?? {};
  const counts = `${failed} of ${failed + successful} sessions failed since ${firstDay}.`;
  const [first] = findings;
  const aspects = findings.map(({ code, evidence }) => `${code} ${evidence.mxHost ?? ''}`);
  return {
    code: 'failures-reported',
    subject: { domain: showText(domain) },
    severity: findings.some(({ severity }) => severity === 'error') ? 'error' : 'warning',
    message: [`${showText(domain)}: ${counts}`, ...findings.map(({ meaning }) => meaning)].join(
      ' ',
    ),
    remedy: first?.remedy ?? 'See "sekisho reports" for who reported what.',
    aspects,
  };
}

async function findSilence(store: Store, nowMs: number): Promise<readonly FoundAlert[]> {
  const today = dayText(nowMs);
  const firstDay = dayText(nowMs - HABIT_DAYS * DAY_MS);
  const reporters = await store.listReporterDays({ firstDay, lastDay: today });
  const silent = new Set(findSilentReporters(reporters, today).map(({ submitter }) => submitter));
  return reporters
    .filter(({ submitter }) => silent.has(submitter))
    .map((reporter) => describeSilence(reporter, today));
}

function describeSilence(
  reporter: Awaited<ReturnType<Store['listReporterDays']>>[number],
  today: string,
): FoundAlert {
  const nothing = { successful: 0, failed: 0, before: { reports: 0, successful: 0, failed: 0 } };
  const facts = { totals: nothing, reporters: [reporter], firstDay: today, today };
  const finding = explainReporters(facts).find(({ code }) => code === 'reporter-silent');
  const { submitter } = reporter;
  return {
    code: 'reporter-silent',
    subject: { submitter: showText(submitter) },
    severity: 'warning',
    message: finding?.meaning ?? `${showText(submitter)} does not report any more.`,
    remedy: finding?.remedy ?? 'See "sekisho reports" for who reports, and when.',
  };
}

async function findRefused(
  store: Store,
  nowMs: number,
  { refusedAnHour }: ReportAlertSettings,
): Promise<readonly FoundAlert[]> {
  const count = await store.countRefused(nowMs - HOUR_MS);
  if (count < refusedAnHour) return [];
  return [
    {
      code: 'refused-burst',
      subject: {},
      severity: 'warning',
      message: `${count} arrivals of the last hour say that they are TLS reports and cannot be used.`,
      remedy:
        'Look at the latest of them: a reporter with a defect can be told of it; a flood belongs before the door.',
    },
  ];
}

function dayText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
