import type { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import type { Domain } from '@sekisho/spec';
import type { DomainCommit, PolicyVersion, PublishedDomain, VersionMark } from './publish-store.ts';
import { type DomainRow, domainOf, jsonOf } from './rows.ts';

/**
 * The calls that write what was decided of a domain, without waiting; the caller holds the transaction. Each is refused
 * where the domain no longer stands as the decision took it.
 */
export function createChangeTable(database: DatabaseSync) {
  const statements = prepare(database);
  const isAsExpected = (domain: Domain, expected: PublishedDomain | undefined): boolean => {
    const row = statements.get.get({ domain }) as DomainRow | undefined;
    if (row === undefined || expected === undefined) return row === expected;
    return isDeepStrictEqual(standingOf(domainOf(row)), standingOf(expected));
  };
  const mark = (domain: Domain, marks: readonly VersionMark[]): void => {
    for (const { kind, number, atMs } of marks) {
      statements.marks[kind].run({ domain, number, at: atMs });
    }
  };
  return {
    commit: (expected: PublishedDomain | undefined, commit: DomainCommit): boolean => {
      const { next, added, marks } = commit;
      const { domain, addedAtMs, nextProbeAtMs } = next;
      if (!isAsExpected(domain, expected)) return false;
      if (added !== undefined) statements.addVersion.run(versionColumns(added));
      if (expected === undefined) {
        statements.addDomain.run({ domain, added: addedAtMs, probe: nextProbeAtMs });
      }
      statements.put.run({ domain, ...standingOf(next) });
      mark(domain, marks);
      return true;
    },
    remove: (expected: PublishedDomain, marks: readonly VersionMark[]): boolean => {
      const { domain } = expected;
      if (!isAsExpected(domain, expected)) return false;
      mark(domain, marks);
      for (const statement of statements.removals) statement.run({ domain });
      return true;
    },
  };
}

function prepare(database: DatabaseSync) {
  return {
    get: database.prepare('SELECT * FROM domains WHERE domain = :domain'),
    addDomain: database.prepare(`
      INSERT INTO domains (domain, added_at_ms, next_probe_at_ms) VALUES (:domain, :added, :probe)`),
    addVersion: database.prepare(`
      INSERT INTO versions (domain, number, id, body, mode, max_age_seconds, mx, created_at_ms,
        created_by, reason, overrides)
      VALUES (:domain, :number, :id, :body, :mode, :maxAge, :mx, :at, :by, :reason, :overrides)`),
    put: database.prepare(`
      UPDATE domains SET served = :served, announced = :announced, leaving_since_ms = :leaving,
        last_failure = :failure, change_version = :version, change_purpose = :purpose,
        change_step = :step, change_started_at_ms = :started, change_step_since_ms = :since,
        change_attempts = :attempts, change_next_attempt_at_ms = :next, change_problem = :problem,
        change_supersedes = :supersedes
      WHERE domain = :domain`),
    marks: {
      served: database.prepare(`
        UPDATE versions SET served_from_ms = coalesce(served_from_ms, :at), served_until_ms = NULL
        WHERE domain = :domain AND number = :number`),
      withdrawn: database.prepare(`
        UPDATE versions SET served_until_ms = :at WHERE domain = :domain AND number = :number`),
      announced: database.prepare(`
        UPDATE versions SET announced_at_ms = coalesce(announced_at_ms, :at)
        WHERE domain = :domain AND number = :number`),
    },
    removals: ['domains', 'probes', 'fetches', 'certificates'].map((table) =>
      database.prepare(`DELETE FROM ${table} WHERE domain = :domain`),
    ),
  };
}

/** The columns that a commit compares and writes; the others are of who looks at MX hosts. */
function standingOf({ served, announced, leavingSinceMs, lastFailure, change }: PublishedDomain) {
  return {
    served: served ?? null,
    announced: announced ?? null,
    leaving: leavingSinceMs ?? null,
    failure: jsonOf(lastFailure),
    version: change?.version ?? null,
    purpose: change?.purpose ?? null,
    step: change?.step ?? null,
    started: change?.startedAtMs ?? null,
    since: change?.stepSinceMs ?? null,
    attempts: change?.attempts ?? null,
    next: change?.nextAttemptAtMs ?? null,
    problem: jsonOf(change?.problem),
    supersedes: jsonOf(change?.supersedes),
  };
}

function versionColumns(version: PolicyVersion) {
  return {
    domain: version.domain,
    number: version.number,
    id: version.id,
    body: version.body,
    mode: version.mode,
    maxAge: version.maxAgeSeconds,
    mx: JSON.stringify(version.mx),
    at: version.createdAtMs,
    by: version.createdBy,
    reason: version.reason ?? null,
    overrides: JSON.stringify(version.overrides),
  };
}
