import type { DatabaseSync } from 'node:sqlite';
import { countSessions, type FailureDetails, type ReportedPolicy } from '@sekisho/spec';
import type { Names } from './names.ts';
import type { OutlinedEntry, OutlinedReport } from './outline-report.ts';

interface EntryNumber {
  readonly entry: number;
}

interface EntryRow extends EntryNumber {
  readonly domain: string;
  readonly mode: string;
  readonly policy_type: string;
  readonly policy_string: string;
  readonly mx_host: string;
  readonly successful: number;
  readonly failed: number;
}

/** A failure with its texts in place of their numbers. */
export interface FailureRow {
  readonly result: string;
  readonly mx: string;
  readonly ip: string;
  readonly reason: string;
  readonly sending_ip: string | null;
  readonly helo: string | null;
  readonly information: string | null;
  readonly sessions: number;
}

interface EntryFailureRow extends FailureRow, EntryNumber {
  readonly outside: number;
}

/** Columns of a `FailureRow`, of `failures f`. */
export const FAILURE_COLUMNS = `result.name AS result, mx.name AS mx, ip.name AS ip,
  reason.name AS reason, f.sending_ip, f.helo, f.information, f.sessions`;

/** What the columns are joined from. */
export const FAILURE_NAMES = `JOIN names result ON result.id = f.result
  JOIN names mx ON mx.id = f.mx JOIN names ip ON ip.id = f.ip
  JOIN names reason ON reason.id = f.reason`;

/** Entries and failures of reports, one by one. */
export function createDetailTable(database: DatabaseSync, names: Names) {
  const statements = prepare(database);
  const putEntry = (report: number, entry: number, day: number, given: OutlinedEntry): void => {
    const { policy, domain, mode, failures } = given;
    const { policyString, mxHost } = policy;
    const kind = [names.idOf(domain), names.idOf(policy.policyType), names.idOf(mode)];
    const texts = [JSON.stringify(policyString), JSON.stringify(mxHost)];
    const counts = [policy.totalSuccessfulSessionCount, policy.totalFailureSessionCount];
    statements.putEntry.run(report, entry, day, ...kind, ...texts, ...counts);
    for (const [index, { details, isOutsidePolicy }] of failures.entries()) {
      const { sendingMtaIp = null, receivingMxHelo = null, additionalInformation = null } = details;
      statements.putFailure.run(
        report,
        entry,
        index,
        names.idOf(details.resultType),
        names.idOf(details.receivingMxHostname ?? ''),
        names.idOf(details.receivingIp ?? ''),
        names.idOf(details.failureReasonCode ?? ''),
        isOutsidePolicy ? 1 : 0,
        sendingMtaIp,
        receivingMxHelo,
        additionalInformation,
        details.failedSessionCount,
      );
    }
  };
  const readEntries = (report: number): readonly OutlinedEntry[] => {
    const failures = new Map<number, EntryFailureRow[]>();
    for (const row of statements.failures.all(report) as unknown as EntryFailureRow[]) {
      const own = failures.get(row.entry) ?? [];
      failures.set(row.entry, own);
      own.push(row);
    }
    const entries = statements.entries.all(report) as unknown as EntryRow[];
    return entries.map((row) => entryOf(row, failures.get(row.entry) ?? []));
  };
  return {
    put: (report: number, { day, entries }: OutlinedReport): void => {
      for (const [index, entry] of entries.entries()) putEntry(report, index, day, entry);
    },
    readPolicies: (report: number): readonly ReportedPolicy[] =>
      readEntries(report).map(({ policy }) => policy),
    /** The same again that was put, by whichever version of the program. */
    read: (report: number): Pick<OutlinedReport, 'entries' | 'counts'> => {
      const entries = readEntries(report);
      return { entries, counts: countSessions(entries.map(({ policy }) => policy)) };
    },
    remove: (report: number): void => {
      statements.removeEntries.run(report);
      statements.removeFailures.run(report);
    },
  };
}

function prepare(database: DatabaseSync) {
  return {
    putEntry: database.prepare(`
      INSERT INTO entries (report, entry, day, domain, policy_type, mode, policy_string, mx_host,
        successful, failed)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    putFailure: database.prepare(`
      INSERT INTO failures (report, entry, failure, result, mx, ip, reason, outside, sending_ip, helo,
        information, sessions)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    entries: database.prepare(`
      SELECT e.entry, domain.name AS domain, type.name AS policy_type, mode.name AS mode,
        e.policy_string, e.mx_host, e.successful, e.failed
      FROM entries e
      JOIN names domain ON domain.id = e.domain JOIN names type ON type.id = e.policy_type
      JOIN names mode ON mode.id = e.mode
      WHERE e.report = ? ORDER BY e.entry`),
    failures: database.prepare(`
      SELECT f.entry, f.outside, ${FAILURE_COLUMNS} FROM failures f ${FAILURE_NAMES}
      WHERE f.report = ? ORDER BY f.entry, f.failure`),
    removeEntries: database.prepare('DELETE FROM entries WHERE report = ?'),
    removeFailures: database.prepare('DELETE FROM failures WHERE report = ?'),
  };
}

function entryOf(row: EntryRow, rows: readonly EntryFailureRow[]): OutlinedEntry {
  const failures = rows.map((each) => ({
    details: detailsOf(each),
    isOutsidePolicy: each.outside === 1,
  }));
  const policy: ReportedPolicy = {
    policyType: row.policy_type,
    policyString: JSON.parse(row.policy_string) as readonly string[],
    ...(row.domain === '' ? {} : { policyDomain: row.domain }),
    mxHost: JSON.parse(row.mx_host) as readonly string[],
    totalSuccessfulSessionCount: row.successful,
    totalFailureSessionCount: row.failed,
    failureDetails: failures.map(({ details }) => details),
  };
  return { policy, domain: row.domain, mode: row.mode, failures };
}

export function detailsOf(row: FailureRow): FailureDetails {
  return {
    resultType: row.result,
    failedSessionCount: row.sessions,
    ...optional('sendingMtaIp', row.sending_ip),
    ...optional('receivingMxHostname', row.mx),
    ...optional('receivingMxHelo', row.helo),
    ...optional('receivingIp', row.ip),
    ...optional('additionalInformation', row.information),
    ...optional('failureReasonCode', row.reason),
  };
}

/** A member with a text, or none. */
export function optional<Key extends string>(
  key: Key,
  value: string | null,
): { readonly [K in Key]?: string } {
  return value === null || value === ''
    ? {}
    : ({ [key]: value } as { readonly [K in Key]?: string });
}
