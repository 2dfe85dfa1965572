import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { AppliedPolicy, Domain, SessionFailure } from '@sekisho/spec';
import type { CountedSessions, SessionSource, UtcDay } from './report-store.ts';
import { nextUtcDay } from './utc-day.ts';

interface CountRow {
  readonly day: string;
  readonly domain: Domain;
  readonly record: string | null;
  readonly source: SessionSource;
  readonly policy: string;
  readonly is_success: number;
  readonly course: string;
  readonly count: number;
}

/** The calls that count sessions; the caller holds the transaction. */
export function createSessionTable(database: DatabaseSync) {
  const statements = prepare(database);
  const numberOf = {
    record: createTextTable(database, 'records'),
    policy: createTextTable(database, 'policies'),
    course: createTextTable(database, 'courses'),
  };
  /** The day itself, or the first after it that still takes sessions. */
  const takingDay = (day: UtcDay): UtcDay => {
    let taking = day;
    while (statements.findDay.get({ day: taking }) !== undefined) taking = nextUtcDay(taking);
    return taking;
  };
  return {
    add: (sessions: readonly CountedSessions[]): void => {
      if (sessions.length === 0) return;
      const call = Number(statements.nextCall.get()?.['number']);
      const days = remembering(takingDay);
      const records = remembering(numberOf.record);
      const policies = remembering(numberOf.policy);
      const courses = remembering(numberOf.course);
      for (const { record, policy, failures, ...session } of sessions) {
        statements.add.run(
          days(session.day),
          session.domain,
          record === undefined ? 0 : records(record),
          session.source,
          policies(policyText(policy)),
          session.isSuccess ? 1 : 0,
          courses(courseText(failures)),
          session.count,
          call,
        );
      }
    },
    list: (day: UtcDay, domain: Domain): readonly CountedSessions[] =>
      (statements.list.all({ day, domain }) as unknown as CountRow[]).map(sessionsOf),
    listDomains: (day: UtcDay, after = '', limit = 1000): readonly Domain[] =>
      statements.listDomains
        .all({ day, after, limit })
        .map(({ domain }) => domain as unknown as Domain),
  };
}

/** Asks the table once for each text of a call. */
function remembering<Found>(find: (text: string) => Found): (text: string) => Found {
  const known = new Map<string, Found>();
  return (text) => {
    const found = known.get(text) ?? find(text);
    known.set(text, found);
    return found;
  };
}

function prepare(database: DatabaseSync) {
  return {
    findDay: database.prepare('SELECT 1 FROM days WHERE day = :day'),
    nextCall: database.prepare('UPDATE calls SET number = number + 1 RETURNING number'),
    add: database.prepare(`
      INSERT INTO counts
        (day, domain, record, source, policy, is_success, course, count, last_call)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET count = count + excluded.count, last_call = excluded.last_call`),
    list: database.prepare(`
      SELECT day, domain, records.text AS record, source, policies.text AS policy, is_success,
        courses.text AS course, count
      FROM counts
        JOIN policies ON policies.id = policy
        JOIN courses ON courses.id = course
        LEFT JOIN records ON records.id = record
      WHERE day = :day AND domain = :domain
      ORDER BY last_call, record, source, policy, is_success, course`),
    listDomains: database.prepare(`
      SELECT DISTINCT domain FROM counts WHERE day = :day AND domain > :after
      ORDER BY domain LIMIT :limit`),
  };
}

function sessionsOf(row: CountRow): CountedSessions {
  return {
    day: row.day,
    domain: row.domain,
    ...(row.record === null ? {} : { record: row.record }),
    source: row.source,
    policy: JSON.parse(row.policy) as AppliedPolicy,
    isSuccess: row.is_success === 1,
    failures: JSON.parse(row.course) as readonly SessionFailure[],
    count: row.count,
  };
}

/** Members in one order, whoever made the object, so that the same policy is the same text. */
function policyText(policy: AppliedPolicy): string {
  const { policyType, policyString, policyDomain, mxHost } = policy;
  return JSON.stringify({ policyType, policyString, policyDomain, mxHost });
}

/** The failures of a session, likewise. */
function courseText(failures: readonly SessionFailure[]): string {
  return JSON.stringify(
    failures.map((failure) => ({
      resultType: failure.resultType,
      sendingMtaIp: failure.sendingMtaIp,
      receivingMxHostname: failure.receivingMxHostname,
      receivingMxHelo: failure.receivingMxHelo,
      receivingIp: failure.receivingIp,
      additionalInformation: failure.additionalInformation,
      failureReasonCode: failure.failureReasonCode,
    })),
  );
}

/** A table that keeps each text once, and gives it a number. */
function createTextTable(
  database: DatabaseSync,
  table: 'records' | 'policies' | 'courses',
): (text: string) => number {
  // Places in order and a key in one piece: this is run thousands of times a call.
  const find = database.prepare(`SELECT id FROM ${table} WHERE hash = ?`);
  const add = database.prepare(`INSERT INTO ${table} (hash, text) VALUES (?, ?)`);
  return (text) => {
    const key = hash('sha256', text, 'buffer');
    const found = find.get(key);
    return Number(found === undefined ? add.run(key, text).lastInsertRowid : found['id']);
  };
}
