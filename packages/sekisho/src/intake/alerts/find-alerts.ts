import type { Domain } from '@sekisho/spec';
import type { IntakeReader } from '../store/index.ts';
import { explainFailures, explainReporters, findSilentReporters } from '../explain/index.ts';
import { showText } from '../explain/show-text.ts';
import type { ReportAlert, ReportAlertSettings } from './alert.ts';

/** An alert that holds now, with what it is told again for. */
export interface FoundAlert {
  readonly alert: ReportAlert;
  /** Told again when something is among these that was not before. */
  readonly aspects: readonly string[];
}

/** What a look found. */
export interface FoundAlerts {
  readonly found: readonly FoundAlert[];
  /** Whether an alert that is not found any more is over: without reports, nothing is known. */
  readonly isOver: (key: string) => Promise<boolean>;
}

const DAY_MS = 86_400_000;
/** How the keys of alerts begin; a domain or a reporter follows. */
export const FAILURES = 'failures ';
export const SILENT = 'silent ';
const HOUR_MS = 3_600_000;
/** Long enough to know a reporter's habits. */
const HABIT_DAYS = 60;

type Store = Pick<
  IntakeReader,
  | 'listDayTotals'
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
  const failures = await findFailures(store, nowMs, settings, concerns);
  const silent = settings.silentReporters ? await findSilence(store, nowMs) : [];
  const refused = await findRefused(store, nowMs, settings);
  return {
    found: [...failures, ...silent, ...refused],
    isOver: async (key) => {
      if (!key.startsWith(FAILURES)) return true;
      const domain = key.slice(FAILURES.length) as Domain;
      const span = { firstDay: dayText(nowMs - (settings.days - 1) * DAY_MS), domain };
      return (await store.listDayTotals({ ...span, lastDay: dayText(nowMs) })).length > 0;
    },
  };
}

async function findFailures(
  store: Store,
  nowMs: number,
  settings: ReportAlertSettings,
  concerns: (domain: string) => boolean,
): Promise<readonly FoundAlert[]> {
  const bad = new Map<string, string>();
  for (let back = settings.days - 1; back >= 0; back -= 1) {
    const day = dayText(nowMs - back * DAY_MS);
    for (const totals of await store.listDomainTotals({ firstDay: day, lastDay: day })) {
      const { domain } = totals;
      if (!bad.has(domain) && isOverLimit(totals, settings) && concerns(domain))
        bad.set(domain, day);
    }
  }
  const found: FoundAlert[] = [];
  const lastDay = dayText(nowMs);
  for (const [domain, firstDay] of bad)
    found.push(await describeFailures(store, { domain: domain as Domain, firstDay, lastDay }));
  return found;
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
  const alert = {
    code: 'failures',
    kind: 'raised',
    key: `${FAILURES}${domain}`,
    severity: findings.some(({ severity }) => severity === 'error') ? 'error' : 'warning',
    domain: showText(domain),
    message: [`${showText(domain)}: ${counts}`, ...findings.map(({ meaning }) => meaning)].join(
      ' ',
    ),
    ...(first === undefined ? {} : { remedy: first.remedy }),
  } as const;
  const aspects = findings.map(({ code, evidence }) => `${code} ${evidence.mxHost ?? ''}`);
  return { alert, aspects: aspects.length === 0 ? ['failures'] : aspects };
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
  const alert = {
    code: 'reporter-silent',
    kind: 'raised',
    key: `${SILENT}${submitter}`,
    severity: 'warning',
    submitter: showText(submitter),
    message: finding?.meaning ?? `${showText(submitter)} does not report any more.`,
    ...(finding === undefined ? {} : { remedy: finding.remedy }),
  } as const;
  return { alert, aspects: ['silent'] };
}

async function findRefused(
  store: Store,
  nowMs: number,
  { refusedAnHour }: ReportAlertSettings,
): Promise<readonly FoundAlert[]> {
  const count = await store.countRefused(nowMs - HOUR_MS);
  if (count < refusedAnHour) return [];
  const alert = {
    code: 'refused-burst',
    kind: 'raised',
    key: 'refused',
    severity: 'warning',
    message: `${count} arrivals of the last hour say that they are TLS reports and cannot be used.`,
    remedy:
      'Look at the latest of them: a reporter with a defect can be told of it; a flood belongs before the door.',
  } as const;
  return [{ alert, aspects: ['burst'] }];
}

function dayText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
