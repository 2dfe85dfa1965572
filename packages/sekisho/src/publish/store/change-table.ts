import type { DatabaseSync } from 'node:sqlite';
import type { Domain } from '@sekisho/spec';
import type {
  Change,
  ChangeMove,
  ChangeStep,
  NewVersion,
  Problem,
  PublishedDomain,
} from './publish-store.ts';
import { type DomainRow, domainOf, jsonOf } from './rows.ts';

/** From which steps each move leads. */
const LEAVES: Readonly<Record<ChangeMove['kind'], readonly ChangeStep[]>> = {
  served: ['serve'],
  verified: ['verify'],
  announced: ['announce'],
  confirmed: ['confirm'],
  failed: ['serve', 'verify', 'announce', 'confirm'],
  abandoned: ['serve', 'verify', 'announce'],
};

/** The calls that change what is published, without waiting; the caller holds the transaction. */
export function createChangeTable(database: DatabaseSync) {
  const statements = prepare(database);
  const find = (domain: Domain): PublishedDomain | undefined => {
    const row = statements.get.get({ domain }) as DomainRow | undefined;
    return row && domainOf(row);
  };
  return {
    /** The number of the new version; undefined while a change at an earlier step than `confirm` is under way. */
    begin: (domain: Domain, version: NewVersion, at: number): number | undefined => {
      const former = find(domain)?.change;
      if (former !== undefined && former.step !== 'confirm') return undefined;
      const number = Number(statements.last.get({ domain })?.['number'] ?? 0) + 1;
      statements.addVersion.run(versionColumns(domain, number, version, at));
      statements.addDomain.run({ domain, at });
      const { purpose } = version;
      const supersedes = former && { version: former.version, purpose: former.purpose };
      putChange(statements, domain, { ...fresh(number, purpose, 'serve', at), supersedes });
      return number;
    },
    move: (domain: Domain, number: number, move: ChangeMove, at: number): boolean => {
      const found = find(domain);
      const change = found?.change;
      const isThere = change?.version === number && LEAVES[move.kind].includes(change.step);
      if (found === undefined || change === undefined || !isThere) return false;
      carryOut(statements, found, change, move, at);
      return true;
    },
    remove: (domain: Domain, at: number): boolean => {
      const found = find(domain);
      if (found === undefined) return false;
      giveOut(statements, found, undefined, at);
      for (const statement of statements.removals) statement.run({ domain });
      return true;
    },
  };
}

type Statements = ReturnType<typeof prepare>;

function prepare(database: DatabaseSync) {
  return {
    get: database.prepare('SELECT * FROM domains WHERE domain = :domain'),
    last: database.prepare('SELECT max(number) AS number FROM versions WHERE domain = :domain'),
    addDomain: database.prepare(`
      INSERT INTO domains (domain, added_at_ms, next_probe_at_ms) VALUES (:domain, :at, :at)
      ON CONFLICT (domain) DO NOTHING`),
    addVersion: database.prepare(`
      INSERT INTO versions (domain, number, id, body, mode, max_age_seconds, mx, created_at_ms,
        created_by, reason, overrides)
      VALUES (:domain, :number, :id, :body, :mode, :maxAge, :mx, :at, :by, :reason, :overrides)`),
    putChange: database.prepare(`
      UPDATE domains SET change_version = :version, change_purpose = :purpose, change_step = :step,
        change_started_at_ms = :started, change_step_since_ms = :since, change_attempts = :attempts,
        change_next_attempt_at_ms = :next, change_problem = :problem, change_supersedes = :supersedes
      WHERE domain = :domain`),
    setServed: database.prepare('UPDATE domains SET served = :number WHERE domain = :domain'),
    endServing: database.prepare(`
      UPDATE versions SET served_until_ms = :at WHERE domain = :domain AND number = :number`),
    beginServing: database.prepare(`
      UPDATE versions SET served_from_ms = coalesce(served_from_ms, :at), served_until_ms = NULL
      WHERE domain = :domain AND number = :number`),
    setAnnounced: database.prepare(`
      UPDATE domains SET announced = :number, last_failure = NULL, leaving_since_ms = :leaving
      WHERE domain = :domain`),
    announce: database.prepare(`
      UPDATE versions SET announced_at_ms = coalesce(announced_at_ms, :at)
      WHERE domain = :domain AND number = :number`),
    setFailure: database.prepare(
      'UPDATE domains SET last_failure = :failure WHERE domain = :domain',
    ),
    removals: ['domains', 'probes', 'fetches', 'certificates'].map((table) =>
      database.prepare(`DELETE FROM ${table} WHERE domain = :domain`),
    ),
  };
}

function versionColumns(domain: Domain, number: number, version: NewVersion, at: number) {
  return {
    domain,
    number,
    id: version.id,
    body: version.body,
    mode: version.mode,
    maxAge: version.maxAgeSeconds,
    mx: JSON.stringify(version.mx),
    at,
    by: version.createdBy,
    reason: version.reason ?? null,
    overrides: JSON.stringify(version.overrides),
  };
}

/** A change as it is written; what is undefined is left out. */
type Written = Omit<Change, 'problem' | 'supersedes'> & {
  readonly problem?: Problem | undefined;
  readonly supersedes?: Change['supersedes'] | undefined;
};

function fresh(version: number, purpose: Change['purpose'], step: ChangeStep, at: number): Written {
  return {
    version,
    purpose,
    step,
    startedAtMs: at,
    stepSinceMs: at,
    attempts: 0,
    nextAttemptAtMs: at,
  };
}

function putChange(statements: Statements, domain: Domain, change: Written | undefined): void {
  statements.putChange.run({
    domain,
    version: change?.version ?? null,
    purpose: change?.purpose ?? null,
    step: change?.step ?? null,
    started: change?.startedAtMs ?? null,
    since: change?.stepSinceMs ?? null,
    attempts: change?.attempts ?? null,
    next: change?.nextAttemptAtMs ?? null,
    problem: jsonOf(change?.problem),
    supersedes: jsonOf(change?.supersedes),
  });
}

function carryOut(
  statements: Statements,
  found: PublishedDomain,
  change: Change,
  move: ChangeMove,
  at: number,
): void {
  const { domain } = found;
  const { problem: _past, ...rest } = change;
  const onward = { ...rest, stepSinceMs: at, attempts: 0, nextAttemptAtMs: at };
  switch (move.kind) {
    case 'served':
      giveOut(statements, found, change.version, at);
      putChange(statements, domain, { ...onward, step: 'verify' });
      break;
    case 'verified':
      putChange(statements, domain, { ...onward, step: 'announce' });
      break;
    case 'announced':
      putChange(statements, domain, { ...onward, step: 'confirm', supersedes: undefined });
      break;
    case 'confirmed': {
      const { version: number, purpose } = change;
      statements.announce.run({ domain, number, at });
      statements.setAnnounced.run({ domain, number, leaving: purpose === 'leave' ? at : null });
      putChange(statements, domain, undefined);
      break;
    }
    case 'failed': {
      const { problem, nextAttemptAtMs } = move;
      const attempts = change.attempts + 1;
      putChange(statements, domain, { ...change, attempts, problem, nextAttemptAtMs });
      break;
    }
    case 'abandoned':
      abandon(statements, found, change, move.problem, at);
  }
}

function abandon(
  statements: Statements,
  found: PublishedDomain,
  { version, supersedes }: Change,
  problem: Problem,
  at: number,
): void {
  const { domain } = found;
  giveOut(statements, found, supersedes?.version ?? found.announced, at);
  statements.setFailure.run({ domain, failure: JSON.stringify({ ...problem, version }) });
  const resumed = supersedes && fresh(supersedes.version, supersedes.purpose, 'confirm', at);
  putChange(statements, domain, resumed);
}

/** Makes a version the one that the host gives out, or none; while it is given out, its time has no end. */
function giveOut(
  statements: Statements,
  { domain, served }: PublishedDomain,
  number: number | undefined,
  at: number,
): void {
  if (served === number) return;
  if (served !== undefined) statements.endServing.run({ domain, number: served, at });
  if (number !== undefined) statements.beginServing.run({ domain, number, at });
  statements.setServed.run({ domain, number: number ?? null });
}
