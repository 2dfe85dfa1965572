import type { DatabaseSync } from 'node:sqlite';
import type { Domain } from '@sekisho/spec';
import type { DaySummary, SkippedReport, UtcDay } from './report-store.ts';

interface SummaryRow {
  readonly day: UtcDay;
  readonly is_closed: number;
  readonly domains: number;
  readonly successes: number;
  readonly failures: number;
}

/** The calls about days; the caller holds the transaction. */
export function createDayTable(database: DatabaseSync) {
  const statements = prepare(database);
  return {
    seal: (day: UtcDay): void => void statements.seal.run({ day }),
    close: (day: UtcDay): void => void statements.close.run({ day }),
    listOpen: (): readonly UtcDay[] => statements.listOpen.all().map(({ day }) => String(day)),
    listUnreported: (day: UtcDay, limit = 1000, after = ''): readonly Domain[] =>
      statements.listUnreported
        .all({ day, limit, after })
        .map(({ domain }) => domain as unknown as Domain),
    listSkipped: (day: UtcDay): readonly SkippedReport[] =>
      statements.listSkipped.all({ day }).map((row) => ({
        day,
        domain: row['domain'] as unknown as Domain,
        why: row['skipped'] as SkippedReport['why'],
      })),
    list: (limit = 1000): readonly DaySummary[] =>
      (statements.list.all({ limit }) as unknown as SummaryRow[]).map((row) => ({
        day: row.day,
        isClosed: row.is_closed === 1,
        domains: row.domains,
        successes: row.successes,
        failures: row.failures,
      })),
    forgetBefore: (day: UtcDay): void => {
      for (const statement of statements.removals) statement.run({ day });
      for (const statement of statements.orphans) statement.run();
    },
  };
}

function prepare(database: DatabaseSync) {
  const closed = 'day IN (SELECT day FROM days WHERE is_closed = 1 AND day < :day)';
  const removals = [
    `DELETE FROM deliveries WHERE report_id IN (SELECT report_id FROM reports WHERE ${closed})`,
    `DELETE FROM reports WHERE ${closed}`,
    `DELETE FROM outcomes WHERE ${closed}`,
    `DELETE FROM counts WHERE ${closed}`,
    // The day itself stays, lest late sessions open it again.
  ];
  const orphans = ['record', 'policy', 'course'].map((column) => {
    const table = column === 'policy' ? 'policies' : `${column}s`;
    return `DELETE FROM ${table} WHERE id NOT IN (SELECT ${column} FROM counts)`;
  });
  return {
    seal: database.prepare('INSERT INTO days VALUES (:day, 0) ON CONFLICT DO NOTHING'),
    close: database.prepare(
      'INSERT INTO days VALUES (:day, 1) ON CONFLICT DO UPDATE SET is_closed = 1',
    ),
    // Steps from day to day: there are few days and many counts.
    listOpen: database.prepare(`
      WITH RECURSIVE found (day) AS (
        SELECT min(day) FROM counts
        UNION ALL
        SELECT (SELECT min(day) FROM counts WHERE counts.day > found.day) FROM found
        WHERE found.day IS NOT NULL)
      SELECT day FROM found
      WHERE day IS NOT NULL AND day NOT IN (SELECT day FROM days WHERE is_closed = 1)
      ORDER BY day`),
    listUnreported: database.prepare(`
      SELECT DISTINCT domain FROM counts
      WHERE day = :day AND domain > :after
        AND NOT EXISTS (SELECT 1 FROM outcomes
          WHERE outcomes.day = counts.day AND outcomes.domain = counts.domain)
      ORDER BY domain LIMIT :limit`),
    listSkipped: database.prepare(`
      SELECT domain, skipped FROM outcomes WHERE day = :day AND skipped IS NOT NULL
      ORDER BY domain`),
    // What discovery found was no session, and counts for neither.
    list: database.prepare(`
      SELECT counts.day AS day, coalesce(max(is_closed), 0) AS is_closed,
        count(DISTINCT domain) AS domains,
        sum(iif(is_success = 1 AND source <> 'discovery', count, 0)) AS successes,
        sum(iif(is_success = 0 AND source <> 'discovery', count, 0)) AS failures
      FROM counts LEFT JOIN days ON days.day = counts.day
      GROUP BY counts.day ORDER BY counts.day DESC LIMIT :limit`),
    removals: removals.map((statement) => database.prepare(statement)),
    orphans: orphans.map((statement) => database.prepare(statement)),
  };
}
