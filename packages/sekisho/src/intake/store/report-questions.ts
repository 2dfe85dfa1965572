import type { DatabaseSync } from 'node:sqlite';
import type { Issue } from '@sekisho/spec';
import type {
  ConflictingCopy,
  ReportChannel,
  ReportScope,
  ReportTrust,
  StoredReport,
  WholeReport,
} from './answers.ts';
import type { ScopedQueries } from './scoped-queries.ts';
import { formatDay } from './day.ts';
import { createDetailTable, optional } from './detail-table.ts';
import { isRowId, listRows } from './limits.ts';
import type { Names } from './names.ts';
import { unpackBytes } from './packed-bytes.ts';

interface HeadRow {
  readonly id: number;
  readonly day: number;
  readonly submitter: string;
  readonly given_id: string;
  readonly organization: string;
  readonly contact: string;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly received_ms: number;
  readonly channel: ReportChannel;
  readonly trust: string;
  readonly issue_count: number;
  readonly successful: number;
  readonly failed: number;
  readonly conflicts: number;
}

interface ConflictRow
  extends Pick<HeadRow, 'submitter' | 'day' | 'received_ms' | 'channel' | 'trust'> {
  readonly report: number;
  readonly bytes: Uint8Array;
}

/** Questions about reports one by one. */
export function createReportQuestions(
  database: DatabaseSync,
  names: Names,
  queries: ScopedQueries,
) {
  const get = database.prepare(`${HEAD} WHERE r.id = ?`);
  const issues = database.prepare('SELECT issues FROM reports WHERE id = ?');
  const ofDays = database.prepare(`
    ${HEAD} WHERE r.day BETWEEN :first AND :last AND r.verified >= :least
    ORDER BY r.day DESC, r.id DESC LIMIT :limit`);
  const raw = database.prepare('SELECT bytes FROM raw WHERE report = ?');
  const conflicts = database.prepare(`
    SELECT c.report, s.name AS submitter, r.day, c.received_ms, c.channel, c.trust, c.bytes
    FROM conflicts c JOIN reports r ON r.id = c.report JOIN names s ON s.id = r.submitter
    ORDER BY c.id DESC LIMIT ?`);
  const details = createDetailTable(database, names);
  return {
    listReports: (scope: ReportScope, limit: number): readonly StoredReport[] => {
      const scoped = queries.scopeOf(scope);
      if (scoped === undefined) return [];
      const { domain: _all, ...days } = scoped;
      const rows =
        scoped.domain === undefined
          ? ofDays.all({ ...days, limit: listRows(limit) })
          : queries.rows('entries', scoped, OF_DOMAIN, {
              trusted: scoped.least,
              limit: listRows(limit),
            });
      return (rows as unknown as HeadRow[]).map(headOf);
    },
    getReport: (reportId: string): WholeReport | undefined => {
      if (!isRowId(reportId)) return undefined;
      const row = get.get(Number(reportId)) as HeadRow | undefined;
      if (row === undefined) return undefined;
      const noted = issues.get(row.id)?.['issues'] as string | null;
      const packed = raw.get(row.id)?.['bytes'] as Uint8Array | undefined;
      return {
        ...headOf(row),
        issues: noted === null ? [] : (JSON.parse(noted) as readonly Issue[]),
        policies: details.readPolicies(row.id),
        ...(packed === undefined ? {} : { raw: unpackBytes(packed) }),
      };
    },
    listConflicts: (limit: number): readonly ConflictingCopy[] =>
      (conflicts.all(listRows(limit)) as unknown as ConflictRow[]).map(conflictOf),
  };
}

const HEAD = `
  SELECT r.id, r.day, s.name AS submitter, r.given_id, r.organization, r.contact, r.start_ms, r.end_ms,
    r.received_ms, r.channel, r.trust, r.issue_count, r.successful, r.failed, r.conflicts
  FROM reports r JOIN names s ON s.id = r.submitter`;

const OF_DOMAIN = `${HEAD} WHERE r.id IN (SELECT report FROM source) AND r.verified >= :trusted
  ORDER BY r.day DESC, r.id DESC LIMIT :limit`;

function headOf(row: HeadRow): StoredReport {
  return {
    id: String(row.id),
    givenId: row.given_id,
    day: formatDay(row.day),
    startMs: row.start_ms,
    endMs: row.end_ms,
    submitter: row.submitter,
    ...optional('organizationName', row.organization),
    ...optional('contactInfo', row.contact),
    receivedAtMs: row.received_ms,
    channel: row.channel,
    trust: JSON.parse(row.trust) as ReportTrust,
    // The file counts this report as one; its sessions are those of all its domains.
    reports: 1,
    successful: row.successful,
    failed: row.failed,
    conflicts: row.conflicts,
    issues: row.issue_count,
  };
}

function conflictOf(row: ConflictRow): ConflictingCopy {
  return {
    reportId: String(row.report),
    submitter: row.submitter,
    day: formatDay(row.day),
    receivedAtMs: row.received_ms,
    channel: row.channel,
    trust: JSON.parse(row.trust) as ReportTrust,
    raw: unpackBytes(row.bytes),
  };
}
