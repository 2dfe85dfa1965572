import type { FailureGroup, ReportScope, StoredFailure } from './answers.ts';
import type { ScopedQueries } from './scoped-queries.ts';
import { formatDay } from './day.ts';
import {
  detailsOf,
  FAILURE_COLUMNS,
  FAILURE_NAMES,
  type FailureRow,
  optional,
} from './detail-table.ts';
import { listRows } from './limits.ts';
import { kindOf, spanOf } from './totals.ts';

interface Kind {
  readonly domain: string;
  readonly policy_type: string;
  readonly mode: string;
  readonly outside: number;
}

type GroupRow = Kind &
  Pick<FailureRow, 'result' | 'mx' | 'ip' | 'reason' | 'sessions'> & {
    readonly first_day: number;
    readonly last_day: number;
    readonly reporters: string;
  };

type DetailRow = Kind &
  FailureRow & {
    readonly report: number;
    readonly day: number;
    readonly submitter: string;
    readonly verified: number;
  };

/** Questions about what failed. */
export function createFailureQuestions(queries: ScopedQueries) {
  return {
    listFailureGroups: (scope: ReportScope): readonly FailureGroup[] => {
      const scoped = queries.scopeOf(scope);
      if (scoped === undefined) return [];
      return (queries.rows('day_failures', scoped, GROUPS) as readonly GroupRow[]).map(groupOf);
    },
    listFailures: (scope: ReportScope, limit: number): readonly StoredFailure[] => {
      const scoped = queries.scopeOf(scope);
      if (scoped === undefined) return [];
      const rows: DetailRow[] = [];
      const most = listRows(limit);
      // Day by day, so that a page of a long span does not sort all of it.
      for (let day = scoped.last; day >= scoped.first && rows.length < most; day -= 1) {
        const oneDay = { ...scoped, first: day, last: day };
        const more = { limit: most - rows.length, trusted: scoped.least };
        rows.push(...(queries.rows('entries', oneDay, DETAILS, more) as readonly DetailRow[]));
      }
      return rows.map(failureOf);
    },
  };
}

const MOST_GROUPS = 1_000;
const REPORTERS_NAMED = 20;

const GROUPS = `
  SELECT domain.name AS domain, type.name AS policy_type, mode.name AS mode, result.name AS result,
    mx.name AS mx, ip.name AS ip, reason.name AS reason, s.outside, s.sessions, s.first_day, s.last_day,
    (SELECT json_group_array(name) FROM (
      SELECT name FROM names WHERE id IN (SELECT value FROM json_each(s.submitters))
      ORDER BY name LIMIT ${REPORTERS_NAMED})) AS reporters
  FROM (
    SELECT domain AS domain_id, policy_type, mode, result, mx, ip, reason, outside,
      total(sessions) AS sessions, min(day) AS first_day, max(day) AS last_day,
      '[' || group_concat(DISTINCT submitter) || ']' AS submitters
    FROM source GROUP BY domain, policy_type, mode, result, mx, ip, reason, outside
    ORDER BY sessions DESC LIMIT ${MOST_GROUPS}
  ) s JOIN names domain ON domain.id = s.domain_id JOIN names type ON type.id = s.policy_type
  JOIN names mode ON mode.id = s.mode JOIN names result ON result.id = s.result
  JOIN names mx ON mx.id = s.mx JOIN names ip ON ip.id = s.ip JOIN names reason ON reason.id = s.reason
  ORDER BY s.sessions DESC, result.name, mx.name, ip.name, reason.name`;

const DETAILS = `
  SELECT r.id AS report, r.day, submitter.name AS submitter, r.verified, domain.name AS domain,
    type.name AS policy_type, mode.name AS mode, f.outside, ${FAILURE_COLUMNS}
  FROM source CROSS JOIN reports r ON r.id = source.report AND r.verified >= :trusted
  JOIN failures f ON f.report = source.report AND f.entry = source.entry ${FAILURE_NAMES}
  JOIN names submitter ON submitter.id = r.submitter JOIN names domain ON domain.id = source.domain
  JOIN names type ON type.id = source.policy_type JOIN names mode ON mode.id = source.mode
  ORDER BY r.day DESC, r.id DESC, f.entry, f.failure LIMIT :limit`;

function groupOf(row: GroupRow): FailureGroup {
  return {
    domain: row.domain,
    ...kindOf(row),
    resultType: row.result,
    ...optional('mxHost', row.mx),
    ...optional('address', row.ip),
    ...optional('reasonCode', row.reason),
    isOutsidePolicy: row.outside === 1,
    sessions: row.sessions,
    ...spanOf(row as unknown as Readonly<Record<string, unknown>>),
    reporters: JSON.parse(row.reporters) as readonly string[],
  };
}

function failureOf(row: DetailRow): StoredFailure {
  return {
    reportId: String(row.report),
    day: formatDay(row.day),
    domain: row.domain,
    submitter: row.submitter,
    ...kindOf(row),
    isVerified: row.verified === 1,
    isOutsidePolicy: row.outside === 1,
    details: detailsOf(row),
  };
}
