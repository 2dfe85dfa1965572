import type { Domain } from '@sekisho/spec';
import { destinationHost } from './destination-host.ts';
import type { Delivery, DeliveryState, MadeReport } from './report-store.ts';

export interface DeliveryRow {
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

export interface ReportRow {
  readonly report_id: string;
  readonly day: string;
  readonly domain: Domain;
  readonly record: string;
  readonly json: string;
  readonly successes: number;
  readonly failures: number;
  readonly made_at_ms: number;
}

export function reportOf(row: ReportRow): MadeReport {
  return {
    reportId: row.report_id,
    day: row.day,
    domain: row.domain,
    record: row.record,
    json: row.json,
    successes: row.successes,
    failures: row.failures,
    madeAtMs: row.made_at_ms,
  };
}

export function deliveryOf(row: DeliveryRow): Delivery {
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

export function deliveryColumns(delivery: Delivery) {
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

export function reportColumns(report: MadeReport) {
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
