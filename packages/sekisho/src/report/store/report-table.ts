import type { DatabaseSync } from 'node:sqlite';
import type { Domain } from '@sekisho/spec';
import type {
  Delivery,
  DeliveryState,
  ListedReport,
  MadeReport,
  ReportStore,
  ReportWithDeliveries,
  SkippedReport,
  UtcDay,
} from './report-store.ts';

interface DeliveryRow {
  readonly report_id: string;
  readonly place: number;
  readonly uri: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly next_attempt_at_ms: number;
  readonly first_attempt_at_ms: number | null;
  readonly last_problem: string | null;
  readonly ended_at_ms: number | null;
}

/** A report without its text. */
interface ReportRow {
  readonly report_id: string;
  readonly day: string;
  readonly domain: Domain;
  readonly record: string;
  readonly successes: number;
  readonly failures: number;
  readonly made_at_ms: number;
}

type ReportQuery = Parameters<ReportStore['listReports']>[0];

/** The calls about reports and their destinations; the caller holds the transaction. */
export function createReportTable(database: DatabaseSync) {
  const statements = prepare(database);
  const deliveriesOf = (reportId: string): readonly Delivery[] =>
    (statements.deliveriesOf.all({ reportId }) as unknown as DeliveryRow[]).map(deliveryOf);
  return {
    listDeliveries: deliveriesOf,
    put: (
      day: UtcDay,
      domain: Domain,
      reports: readonly ReportWithDeliveries[],
      skipped?: SkippedReport['why'],
    ): void => {
      const outcome = { day, domain, skipped: skipped ?? null };
      if (statements.addOutcome.run(outcome).changes === 0) return;
      for (const { report, deliveries } of reports) {
        statements.addReport.run(reportColumns(report));
        for (const delivery of deliveries) statements.addDelivery.run(deliveryColumns(delivery));
      }
    },
    putDeliveries: (deliveries: readonly Delivery[]): void => {
      for (const delivery of deliveries) statements.putDelivery.run(deliveryColumns(delivery));
    },
    listDue: (now: number, limit: number, except: readonly string[] = []): readonly Delivery[] =>
      (
        statements.listDue.all({
          now,
          limit,
          except: JSON.stringify(except),
        }) as unknown as DeliveryRow[]
      ).map(deliveryOf),
    nextDueAtMs: (): number | undefined => {
      const next = statements.nextDue.get()?.['next'];
      return typeof next === 'number' ? next : undefined;
    },
    find: (reportId: string): MadeReport | undefined => {
      const row = statements.find.get({ reportId });
      return row && { ...reportOf(row as unknown as ReportRow), json: String(row['json']) };
    },
    list: ({ day, domain, states, limit = 1000 }: ReportQuery): readonly ListedReport[] => {
      const wanted = {
        day: day ?? null,
        domain: domain ?? null,
        states: states === undefined ? null : JSON.stringify(states),
        limit,
      };
      return (statements.list.all(wanted) as unknown as ReportRow[]).map((row) => ({
        report: reportOf(row),
        deliveries: deliveriesOf(row.report_id),
      }));
    },
    counts: (): Readonly<Record<DeliveryState, number>> => {
      const rows = statements.counts.all().map(({ state, count }) => [state, Number(count)]);
      return { ...NONE, ...(Object.fromEntries(rows) as Partial<Record<DeliveryState, number>>) };
    },
    settleInterrupted: (now: number): number => {
      const settled = Number(statements.settle.run({ now }).changes);
      statements.release.run({ now });
      return settled;
    },
  };
}

const NONE: Readonly<Record<DeliveryState, number>> = {
  held: 0,
  waiting: 0,
  committing: 0,
  sent: 0,
  spared: 0,
  'given-up': 0,
  uncertain: 0,
};

function prepare(database: DatabaseSync) {
  return {
    addOutcome: database.prepare(
      'INSERT INTO outcomes VALUES (:day, :domain, :skipped) ON CONFLICT DO NOTHING',
    ),
    addReport: database.prepare(`
      INSERT INTO reports VALUES
        (:reportId, :day, :domain, :record, :json, :successes, :failures, :madeAt)`),
    addDelivery: database.prepare(`
      INSERT INTO deliveries VALUES (:reportId, :place, :uri, :host, :state, :attempts, :next,
        :first, :problem, :ended)`),
    putDelivery: database.prepare(`
      UPDATE deliveries SET uri = :uri, host = :host, state = :state, attempts = :attempts,
        next_attempt_at_ms = :next, first_attempt_at_ms = :first, last_problem = :problem,
        ended_at_ms = :ended
      WHERE report_id = :reportId AND place = :place`),
    deliveriesOf: database.prepare(
      'SELECT * FROM deliveries WHERE report_id = :reportId ORDER BY place',
    ),
    listDue: database.prepare(`
      SELECT * FROM deliveries
      WHERE state = 'waiting' AND next_attempt_at_ms <= :now
        AND host NOT IN (SELECT value FROM json_each(:except))
      ORDER BY next_attempt_at_ms, report_id, place LIMIT :limit`),
    nextDue: database.prepare(
      "SELECT min(next_attempt_at_ms) AS next FROM deliveries WHERE state = 'waiting'",
    ),
    find: database.prepare('SELECT * FROM reports WHERE report_id = :reportId'),
    list: database.prepare(`
      SELECT report_id, day, domain, record, successes, failures, made_at_ms FROM reports
      WHERE (:day IS NULL OR day = :day) AND (:domain IS NULL OR domain = :domain)
        AND (:states IS NULL OR EXISTS (SELECT 1 FROM deliveries
          WHERE deliveries.report_id = reports.report_id
            AND state IN (SELECT value FROM json_each(:states))))
      ORDER BY day DESC, domain, report_id LIMIT :limit`),
    counts: database.prepare('SELECT state, count(*) AS count FROM deliveries GROUP BY state'),
    settle: database.prepare(`
      UPDATE deliveries SET state = 'uncertain', ended_at_ms = :now WHERE state = 'committing'`),
    // A report that was made in a dry run has its first place held, and waits for an order.
    release: database.prepare(`
      UPDATE deliveries SET state = 'waiting', next_attempt_at_ms = :now
      WHERE state = 'held' AND place > 0 AND NOT EXISTS (SELECT 1 FROM deliveries AS earlier
        WHERE earlier.report_id = deliveries.report_id AND earlier.place < deliveries.place
          AND earlier.state NOT IN ('given-up', 'uncertain'))`),
  };
}

function reportOf(row: ReportRow): ListedReport['report'] {
  return {
    reportId: row.report_id,
    day: row.day,
    domain: row.domain,
    record: row.record,
    successes: row.successes,
    failures: row.failures,
    madeAtMs: row.made_at_ms,
  };
}

function deliveryOf(row: DeliveryRow): Delivery {
  const { first_attempt_at_ms: first, last_problem: problem, ended_at_ms: ended } = row;
  return {
    reportId: row.report_id,
    place: row.place,
    uri: row.uri,
    state: row.state,
    attempts: row.attempts,
    nextAttemptAtMs: row.next_attempt_at_ms,
    ...(first === null ? {} : { firstAttemptAtMs: first }),
    ...(problem === null ? {} : { lastProblem: problem }),
    ...(ended === null ? {} : { endedAtMs: ended }),
  };
}

function deliveryColumns(delivery: Delivery) {
  return {
    reportId: delivery.reportId,
    place: delivery.place,
    uri: delivery.uri,
    host: destinationHost(delivery.uri),
    state: delivery.state,
    attempts: delivery.attempts,
    next: delivery.nextAttemptAtMs,
    first: delivery.firstAttemptAtMs ?? null,
    problem: delivery.lastProblem ?? null,
    ended: delivery.endedAtMs ?? null,
  };
}

function reportColumns(report: MadeReport) {
  return {
    reportId: report.reportId,
    day: report.day,
    domain: report.domain,
    record: report.record,
    json: report.json,
    successes: report.successes,
    failures: report.failures,
    madeAt: report.madeAtMs,
  };
}

/**
 * Whom a destination burdens, in lower case: the host of an `https:` URI, the domain of a `mailto:` address. The text
 * itself where neither can be told. RFC 8460 §3.
 */
export function destinationHost(uri: string): string {
  const [, host] = /^https:\/\/([^/?#]+)/i.exec(uri) ?? /^mailto:[^?]*@([^?,@]+)/i.exec(uri) ?? [];
  return (host ?? uri).toLowerCase();
}
