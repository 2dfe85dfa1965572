import type { Domain } from '@sekisho/spec';
import type {
  DayTotals,
  DomainTotals,
  IntakeReader,
  MxTotals,
  PolicyTotals,
  ReporterTotals,
  ReportScope,
  ResultTotals,
} from '../store/index.ts';
import { explainFailures } from './explain-failures.ts';
import { explainReporters } from './explain-reporters.ts';
import type { Finding, Language } from './finding.ts';

/** What reports of some days say: plain data, fit for JSON as it is. */
export interface ReportSummary {
  readonly firstDay: string;
  readonly lastDay: string;
  readonly domain?: string;
  readonly trust: 'verified' | 'all';
  readonly domains: readonly DomainTotals[];
  readonly reporters: readonly ReporterTotals[];
  readonly results: readonly ResultTotals[];
  readonly policies: readonly PolicyTotals[];
  readonly mxHosts: readonly MxTotals[];
  readonly days: readonly DayTotals[];
  /** Errors first. Of the domains with the most failures, where more than 20 have some. */
  readonly findings: readonly Finding[];
}

/** How a summary is made. */
export interface SummaryOptions {
  /** The day that has just begun, UTC, `YYYY-MM-DD`. */
  readonly today: string;
  /** Default `en`. */
  readonly language?: Language;
}

const MOST_EXPLAINED = 20;
const DAY_MS = 86_400_000;
/** From so many days before today on, reporters' habits are known. */
const HABIT_DAYS = 60;
const RANK = { error: 0, warning: 1, notice: 2 } as const;

/** Asks the store about some days, and explains the answers. */
export async function readReportSummary(
  store: IntakeReader,
  scope: ReportScope,
  options: SummaryOptions,
): Promise<ReportSummary> {
  const [domains, reporters, results, policies, mxHosts, days] = await Promise.all([
    store.listDomainTotals(scope),
    store.listReporterTotals(scope),
    store.listResultTotals(scope),
    store.listPolicyTotals(scope),
    store.listMxTotals(scope),
    store.listDayTotals(scope),
  ]);
  const sums = { domains, reporters, results, policies, mxHosts, days };
  const findings = [
    ...(await explainAll(store, scope, sums, options)),
    ...(await explainHabits(store, scope, sums, options)),
  ].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
  const { firstDay, lastDay, domain, trust = 'verified' } = scope;
  return { firstDay, lastDay, ...(domain ? { domain } : {}), trust, ...sums, findings };
}

type Sums = Pick<ReportSummary, 'domains'>;

async function explainAll(
  store: IntakeReader,
  scope: ReportScope,
  { domains }: Sums,
  { language }: SummaryOptions,
): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  // Failure details may be there although a reporter counted the session as a success in the end.
  const names = scope.domain === undefined ? domains.map(({ domain }) => domain) : [scope.domain];
  for (const domain of names.slice(0, MOST_EXPLAINED)) {
    const about = { ...scope, domain: domain as Domain };
    const groups = await store.listFailureGroups(about);
    if (groups.length === 0) continue;
    const reporters = (await store.listReporterTotals(about)).map(({ submitter }) => submitter);
    found.push(...explainFailures({ domain, groups, reporters }, language));
  }
  return found;
}

async function explainHabits(
  store: IntakeReader,
  scope: ReportScope,
  { domains }: Sums,
  { today, language }: SummaryOptions,
): Promise<readonly Finding[]> {
  const habitDay = new Date(Date.parse(today) - HABIT_DAYS * DAY_MS).toISOString().slice(0, 10);
  const firstDay = habitDay < scope.firstDay ? habitDay : scope.firstDay;
  const habits = await store.listReporterDays({ ...scope, firstDay, lastDay: today });
  const totals = domains.length === 0 ? undefined : domains.reduce(addTotals);
  const about = scope.domain === undefined ? {} : { domain: scope.domain };
  const span = { firstDay: scope.firstDay, today };
  return explainReporters({ ...about, ...span, totals, reporters: habits }, language);
}

function addTotals(a: DomainTotals, b: DomainTotals): DomainTotals {
  return {
    ...a,
    successful: a.successful + b.successful,
    failed: a.failed + b.failed,
    before: {
      reports: a.before.reports + b.before.reports,
      successful: a.before.successful + b.before.successful,
      failed: a.before.failed + b.before.failed,
    },
  };
}
