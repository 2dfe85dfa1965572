import type {
  DayTotals,
  DomainTotals,
  MxTotals,
  PolicyKind,
  PolicyTotals,
  ReportScope,
  ReporterDays,
  ReporterTotals,
  ResultTotals,
  SessionTotals,
} from './answers.ts';
import type { ScopedQueries } from './scoped-queries.ts';
import { formatDay } from './day.ts';
import { optional } from './detail-table.ts';

/** Sums of sums: exact up to 2^53, and never too large for SQLite. */
const SESSIONS =
  'total(reports) AS reports, total(successful) AS successful, total(failed) AS failed';
const MOST = 10_000;
const MOST_REPORTERS = 1_000;

type Row = Readonly<Record<string, number>> & {
  readonly domain: string;
  readonly submitter: string;
  readonly policy_type: string;
  readonly mode: string;
  readonly result: string;
  readonly mx: string;
  readonly ip: string;
  readonly days_seen: string;
};

/** The questions that roll-ups answer: what they cost depends on days and names, not on how many reports there are. */
export function createTotals(queries: ScopedQueries) {
  const ask = <Answer>(
    scope: ReportScope,
    table: Parameters<ScopedQueries['rows']>[0],
    text: string,
    answer: (row: Row) => Answer,
  ): readonly Answer[] => {
    const scoped = queries.scopeOf(scope);
    return scoped === undefined
      ? []
      : (queries.rows(table, scoped, text) as readonly Row[]).map(answer);
  };
  const domainSums = (scope: ReportScope) =>
    ask(scope, 'day_domains', DOMAINS, (row) => ({
      domain: row.domain,
      days: count(row, 'days'),
      ...sessionsOf(row),
    }));
  return {
    listDomainTotals: (scope: ReportScope): readonly DomainTotals[] => {
      const former = domainSums(spanBefore(scope)).map((sums) => [sums.domain, sums] as const);
      const before = new Map(former);
      return domainSums(scope).map((sums) => {
        const { reports = 0, successful = 0, failed = 0 } = before.get(sums.domain) ?? {};
        return { ...sums, before: { reports, successful, failed } };
      });
    },
    listReporterTotals: (scope: ReportScope): readonly ReporterTotals[] =>
      ask(scope, submitters(scope), REPORTERS, (row) => ({
        submitter: row.submitter,
        days: count(row, 'days'),
        ...spanOf(row),
        ...sessionsOf(row),
      })),
    listDayTotals: (scope: ReportScope): readonly DayTotals[] =>
      ask(scope, 'day_domains', DAYS, (row) => ({
        day: formatDay(count(row, 'day')),
        ...sessionsOf(row),
      })),
    listPolicyTotals: (scope: ReportScope): readonly PolicyTotals[] =>
      ask(scope, 'day_policies', POLICIES, (row) => ({
        domain: row.domain,
        ...kindOf(row),
        successful: count(row, 'successful'),
        failed: count(row, 'failed'),
      })),
    listResultTotals: (scope: ReportScope): readonly ResultTotals[] =>
      ask(scope, 'day_results', RESULTS, (row) => ({
        domain: row.domain,
        ...kindOf(row),
        resultType: row.result,
        sessions: count(row, 'sessions'),
      })),
    listMxTotals: (scope: ReportScope): readonly MxTotals[] =>
      ask(scope, scope.domain === undefined ? 'day_mx' : 'day_failures', HOSTS, mxOf),
    listReporterDays: (scope: ReportScope): readonly ReporterDays[] =>
      ask(scope, submitters(scope), REPORTER_DAYS, (row) => ({
        submitter: row.submitter,
        days: row.days_seen
          .split(',')
          .map(Number)
          .sort((a, b) => a - b)
          .map(formatDay),
        lastReceivedAtMs: count(row, 'received'),
      })),
  };
}

const DOMAINS = `
  SELECT n.name AS domain, s.* FROM (
    SELECT domain AS id, count(DISTINCT day) AS days, ${SESSIONS} FROM source GROUP BY domain
  ) s JOIN names n ON n.id = s.id ORDER BY s.failed DESC, n.name LIMIT ${MOST}`;

const REPORTERS = `
  SELECT n.name AS submitter, s.* FROM (
    SELECT submitter AS id, count(DISTINCT day) AS days, min(day) AS first_day, max(day) AS last_day,
      ${SESSIONS}
    FROM source GROUP BY submitter
  ) s JOIN names n ON n.id = s.id
  ORDER BY s.successful + s.failed DESC, n.name LIMIT ${MOST}`;

const DAYS = `SELECT day, ${SESSIONS} FROM source GROUP BY day ORDER BY day`;

/** Sums are cut before their names are looked up, which costs more than adding them. */
const KIND = 'domain.name AS domain, type.name AS policy_type, mode.name AS mode';
const KIND_NAMES = `JOIN names domain ON domain.id = s.domain_id
  JOIN names type ON type.id = s.type_id JOIN names mode ON mode.id = s.mode_id`;

const POLICIES = `
  SELECT ${KIND}, s.successful, s.failed FROM (
    SELECT domain AS domain_id, policy_type AS type_id, mode AS mode_id,
      total(successful) AS successful, total(failed) AS failed
    FROM source GROUP BY domain, policy_type, mode
    ORDER BY failed DESC, domain, policy_type, mode LIMIT ${MOST}
  ) s ${KIND_NAMES}
  ORDER BY s.failed DESC, domain.name, type.name, mode.name`;

const RESULTS = `
  SELECT ${KIND}, result.name AS result, s.sessions FROM (
    SELECT domain AS domain_id, policy_type AS type_id, mode AS mode_id, result AS result_id,
      total(sessions) AS sessions
    FROM source GROUP BY domain, policy_type, mode, result
    ORDER BY sessions DESC, domain, result, policy_type, mode LIMIT ${MOST}
  ) s ${KIND_NAMES} JOIN names result ON result.id = s.result_id
  ORDER BY s.sessions DESC, domain.name, result.name, type.name, mode.name`;

const HOSTS = `
  SELECT mx.name AS mx, ip.name AS ip, result.name AS result, s.sessions, s.first_day, s.last_day
  FROM (
    SELECT mx AS mx_id, ip AS ip_id, result AS result_id, total(sessions) AS sessions,
      min(day) AS first_day, max(day) AS last_day
    FROM source GROUP BY mx, ip, result
    ORDER BY sessions DESC, mx, ip, result LIMIT ${MOST}
  ) s JOIN names mx ON mx.id = s.mx_id JOIN names ip ON ip.id = s.ip_id
  JOIN names result ON result.id = s.result_id
  ORDER BY s.sessions DESC, mx.name, ip.name, result.name`;

const REPORTER_DAYS = `
  SELECT n.name AS submitter, s.* FROM (
    SELECT submitter AS id, group_concat(DISTINCT day) AS days_seen, max(received_ms) AS received
    FROM source GROUP BY submitter
  ) s JOIN names n ON n.id = s.id ORDER BY n.name LIMIT ${MOST_REPORTERS}`;

function submitters({ domain }: ReportScope): 'day_submitters' | 'day_reporters' {
  return domain === undefined ? 'day_submitters' : 'day_reporters';
}

function spanBefore(scope: ReportScope): ReportScope {
  const dayMs = 86_400_000;
  const firstMs = Date.parse(scope.firstDay);
  const lengthMs = Date.parse(scope.lastDay) - firstMs + dayMs;
  const day = (atMs: number): string => formatDay(Math.floor(atMs / dayMs));
  return { ...scope, firstDay: day(firstMs - lengthMs), lastDay: day(firstMs - dayMs) };
}

function count(row: Row, name: string): number {
  return Number(row[name]);
}

function sessionsOf(row: Row): SessionTotals {
  return {
    reports: count(row, 'reports'),
    successful: count(row, 'successful'),
    failed: count(row, 'failed'),
  };
}

export function spanOf(row: Readonly<Record<string, unknown>>) {
  return {
    firstDay: formatDay(Number(row['first_day'])),
    lastDay: formatDay(Number(row['last_day'])),
  };
}

export function kindOf(row: { readonly policy_type: string; readonly mode: string }): PolicyKind {
  return { policyType: row.policy_type, ...optional('mode', row.mode) };
}

function mxOf(row: Row): MxTotals {
  return {
    ...optional('mxHost', row.mx),
    ...optional('address', row.ip),
    resultType: row.result,
    sessions: count(row, 'sessions'),
    ...spanOf(row),
  };
}
