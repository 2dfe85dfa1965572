import { hash } from 'node:crypto';
import {
  aggregateSessions,
  type Domain,
  formatTlsReport,
  parseTlsrptRecord,
  type ReportedPolicy,
  type TlsReport,
  type TlsSession,
} from '@sekisho/spec';
import {
  type CountedSessions,
  type Delivery,
  nextUtcDay,
  type ReportWithDeliveries,
  type SkippedReport,
  type UtcDay,
  utcDayStartMs,
} from '../store/index.ts';
import { cleanSession } from './clean-session.ts';
import { DAY_REPORT_LIMITS, type DayReportLimits, fitPolicies } from './fit-policies.ts';
import { mergePolicies } from './merge-policies.ts';

/** What stands at a domain's `_smtp._tls`, where a record stands or none (RFC 8460 §3). */
export type LookedUpRecord =
  | { readonly kind: 'record'; readonly text: string }
  | { readonly kind: 'none' }
  /** More than one record, or one that cannot be used. */
  | { readonly kind: 'invalid' }
  /** The DNS does not tell at present. */
  | { readonly kind: 'unreachable' };

/** How reports are made. */
export interface DayReportOptions {
  readonly organizationName: string;
  /** An address, `user@domain`. */
  readonly contactInfo: string;
  /** The domain of `contactInfo` (RFC 8460 §5.3). */
  readonly submitter: Domain;
  /** A day without a failure gets no report. Default false: a report also shows that reports work. */
  readonly failuresOnly?: boolean;
  /** Leaves out our own addresses. Default false. */
  readonly redactSendingAddresses?: boolean;
  /** `first`: one destination after the other, until one takes it. Default `all`. */
  readonly destinations?: 'all' | 'first';
  readonly limits?: DayReportLimits;
}

/** A domain's day that is over. */
export interface DayToReport {
  readonly day: UtcDay;
  readonly domain: Domain;
  /** At least one; the last record among them stands in where the DNS does not tell. */
  readonly sessions: readonly CountedSessions[];
  readonly looked: LookedUpRecord;
  readonly nowMs: number;
  readonly firstAttemptAtMs: number;
  /** True: no destination gets its turn. */
  readonly isHeld: boolean;
}

export type DayReport =
  /** `isShortened`: rare failures were counted together to keep the size within bounds. */
  | { readonly kind: 'made'; readonly made: ReportWithDeliveries; readonly isShortened: boolean }
  | { readonly kind: 'skipped'; readonly why: SkippedReport['why'] };

/** A record that points at more than so many places is after somebody (RFC 8460 §7). */
const MOST_DESTINATIONS = 10;

/**
 * Makes the one report about a domain's day, whatever records were seen during it: its destinations are those of the
 * record found now. RFC 8460 §3, §4.
 *
 * @throws TypeError for an organisation, contact or submitter that no report may name.
 */
export function makeReport(given: DayToReport, options: DayReportOptions): DayReport {
  const record = chooseRecord(given);
  if (record.kind === 'skipped') return record;
  const parsed = parseTlsrptRecord(record.text);
  if (!parsed.ok) return { kind: 'skipped', why: 'record-invalid' };
  const counted = countSessions(given.sessions, options);
  const hasFailures = counted.some(
    (entry) => entry.totalFailureSessionCount > 0 || entry.failureDetails.length > 0,
  );
  if (options.failuresOnly === true && !hasFailures) return { kind: 'skipped', why: 'no-failures' };
  const { report, isShortened } = writeReport(given, counted, options);
  const uris = [...new Set(parsed.value.rua)].slice(0, MOST_DESTINATIONS);
  const deliveries = uris.map((uri, place) =>
    toDelivery({ reportId: report.reportId, place, uri }, given, options),
  );
  return {
    kind: 'made',
    made: { report: { ...report, record: record.text }, deliveries },
    isShortened,
  };
}

function chooseRecord({
  looked,
  sessions,
}: DayToReport):
  | Extract<LookedUpRecord, { kind: 'record' }>
  | Extract<DayReport, { kind: 'skipped' }> {
  switch (looked.kind) {
    case 'record':
      return looked;
    case 'none':
      return { kind: 'skipped', why: 'no-record' };
    case 'invalid':
      return { kind: 'skipped', why: 'record-invalid' };
    case 'unreachable': {
      const seen = sessions.findLast(({ record }) => record !== undefined)?.record;
      return seen === undefined
        ? { kind: 'skipped', why: 'record-unreachable' }
        : { kind: 'record', text: seen };
    }
  }
}

function countSessions(
  sessions: readonly CountedSessions[],
  { redactSendingAddresses = false }: DayReportOptions,
): readonly ReportedPolicy[] {
  const clean = (isWanted: (source: string) => boolean) =>
    sessions
      .filter(({ source }) => isWanted(source))
      .map((session) => cleanSession(session, { redactSendingAddresses }));
  return countPolicies(
    clean((source) => source !== 'discovery'),
    clean((source) => source === 'discovery'),
  );
}

function writeReport(
  { day, domain, nowMs }: DayToReport,
  counted: readonly ReportedPolicy[],
  options: DayReportOptions,
) {
  const { organizationName, contactInfo, submitter, limits = DAY_REPORT_LIMITS } = options;
  const reportId = reportIdOf(day, domain, submitter);
  const range = { startMs: utcDayStartMs(day), endMs: utcDayStartMs(nextUtcDay(day)) };
  const write = (policies: TlsReport['policies']): string =>
    formatTlsReport({ organizationName, contactInfo, reportId, ...range, policies });
  const sizeOf = (policies: TlsReport['policies']) => Buffer.byteLength(write(policies));
  const { policies, isShortened } = fitPolicies(counted, { limits, recipient: domain, sizeOf });
  const total = (pick: (entry: ReportedPolicy) => number): number =>
    policies.reduce((before, entry) => before + pick(entry), 0);
  const successes = total((entry) => entry.totalSuccessfulSessionCount);
  const failures = total((entry) => entry.totalFailureSessionCount);
  const json = write(policies);
  return {
    report: { reportId, day, domain, json, successes, failures, madeAtMs: nowMs },
    isShortened,
  };
}

function toDelivery(
  where: Pick<Delivery, 'reportId' | 'place' | 'uri'>,
  { firstAttemptAtMs, isHeld }: DayToReport,
  { destinations = 'all' }: DayReportOptions,
): Delivery {
  const hasTurn = !isHeld && (destinations === 'all' || where.place === 0);
  const state = hasTurn ? 'waiting' : 'held';
  return { ...where, state, attempts: 0, nextAttemptAtMs: firstAttemptAtMs };
}

/**
 * Counts sessions, and adds what discovery found to the failures of the same policy: no session failed with it, so the
 * totals do not have it. RFC 8460 §4.2, §4.3.2.2.
 */
function countPolicies(
  sessions: Iterable<TlsSession>,
  found: Iterable<TlsSession>,
): readonly ReportedPolicy[] {
  const withoutTotals = aggregateSessions(found).map((entry) => ({
    ...entry,
    totalSuccessfulSessionCount: 0,
    totalFailureSessionCount: 0,
  }));
  return mergePolicies([...aggregateSessions(sessions), ...withoutTotals]);
}

/**
 * The name of the report about a domain's day: the same whenever it is asked for, so that a receiver knows a second one
 * for what it is. RFC 8460 §4.4, §5.3.
 */
function reportIdOf(day: UtcDay, domain: Domain, submitter: Domain): string {
  const digest = hash('sha256', `${day}\n${domain}\n${submitter}`, 'hex');
  return `${day.replaceAll('-', '')}.${digest.slice(0, 20)}@${submitter}`;
}
