import type { DatabaseSync } from 'node:sqlite';

/** The columns that a policy and its history share. */
const POLICY_COLUMNS = `
  domain, id, body, first_fetched_at_ms, fetched_at_ms, expires_at_ms, refresh_at_ms, fetched_from,
  certificate_not_after_ms`;

const DOMAIN_COLUMNS = `
  d.domain, d.checked_at_ms, d.used_at_ms, d.failure_id, d.failure_at_ms, d.failure_code, d.failure_count,
  p.id, p.body, p.first_fetched_at_ms, p.fetched_at_ms, p.expires_at_ms, p.refresh_at_ms, p.fetched_from,
  p.certificate_not_after_ms`;

const WITH_POLICY = `SELECT ${DOMAIN_COLUMNS} FROM domains d LEFT JOIN policies p ON p.domain = d.domain`;

const GET = `${WITH_POLICY} WHERE d.domain = :domain`;

const LIST = `${WITH_POLICY} WHERE d.domain > :after ORDER BY d.domain LIMIT :limit`;

const LIST_POLICY_DOMAINS =
  'SELECT domain FROM policies WHERE domain > :after ORDER BY domain LIMIT :limit';

/** The outer join has the policies visited first, in the order of their index. */
const LIST_DUE = `
  SELECT p.domain, p.fetched_at_ms, p.expires_at_ms, d.used_at_ms
  FROM policies p LEFT JOIN domains d ON d.domain = p.domain
  WHERE p.refresh_at_ms <= :now ORDER BY p.refresh_at_ms, p.domain LIMIT :limit`;

const COUNT = 'SELECT count(*) AS number FROM policies';

const OLDEST_FETCH = `
  SELECT fetched_at_ms FROM policies WHERE expires_at_ms > :now ORDER BY fetched_at_ms LIMIT 1`;

const CLEAR_FAILURE =
  'failure_id = NULL, failure_at_ms = NULL, failure_code = NULL, failure_count = NULL';

const FETCHED = `
  INSERT INTO domains (domain) VALUES (:domain) ON CONFLICT (domain) DO UPDATE SET ${CLEAR_FAILURE}`;

const SAW = `
  UPDATE domains SET
    checked_at_ms = coalesce(:checked, checked_at_ms),
    used_at_ms = coalesce(:used, used_at_ms)
  WHERE domain = :domain`;

const FAILED = `
  INSERT INTO domains (domain, failure_id, failure_at_ms, failure_code, failure_count)
  VALUES (:domain, :id, :at, :code, :count)
  ON CONFLICT (domain) DO UPDATE SET
    failure_id = excluded.failure_id,
    failure_at_ms = excluded.failure_at_ms,
    failure_code = excluded.failure_code,
    failure_count = excluded.failure_count`;

const FORGET_FAILURE = `UPDATE domains SET ${CLEAR_FAILURE} WHERE domain = :domain`;

const PUT_POLICY = `
  INSERT INTO policies (${POLICY_COLUMNS})
  VALUES (:domain, :id, :body, :fetched, :fetched, :expires, :refresh, :from, :certificate)
  ON CONFLICT (domain) DO UPDATE SET
    id = excluded.id,
    body = excluded.body,
    first_fetched_at_ms = CASE
      WHEN policies.id = excluded.id AND policies.body = excluded.body THEN policies.first_fetched_at_ms
      ELSE excluded.first_fetched_at_ms END,
    fetched_at_ms = excluded.fetched_at_ms,
    expires_at_ms = excluded.expires_at_ms,
    refresh_at_ms = excluded.refresh_at_ms,
    fetched_from = excluded.fetched_from,
    certificate_not_after_ms = excluded.certificate_not_after_ms`;

const MOVE_REFRESH = 'UPDATE policies SET refresh_at_ms = :refresh WHERE domain = :domain';

const INTO_HISTORY = `INSERT INTO history (${POLICY_COLUMNS}, replaced_at_ms, replaced_because)`;

/** Must run before PUT_POLICY; does nothing when the text stays the same. */
const REPLACE = `
  ${INTO_HISTORY}
  SELECT ${POLICY_COLUMNS}, :at, CASE WHEN id = :id THEN 'body-changed' ELSE 'new-id' END
  FROM policies WHERE domain = :domain AND NOT (id = :id AND body = :body)`;

const RETIRE = `
  ${INTO_HISTORY}
  SELECT ${POLICY_COLUMNS}, :at, :because FROM policies WHERE domain = :domain`;

/** Scans the small index `policies_by_fetch`, not the texts. */
const EXPIRED = `
  SELECT domain FROM policies WHERE expires_at_ms <= :now ORDER BY expires_at_ms, domain LIMIT :limit`;

const ALL = 'SELECT domain FROM policies ORDER BY domain';

const DROP_POLICY = 'DELETE FROM policies WHERE domain = :domain';

const DROP_DOMAIN = 'DELETE FROM domains WHERE domain = :domain';

const DROP_ALL_DOMAINS = 'DELETE FROM domains';

const WITHOUT_POLICY = 'NOT EXISTS (SELECT 1 FROM policies p WHERE p.domain = domains.domain)';

/** Without a policy a row only serves to hold back fetches after a failure. */
const DROP_IDLE_DOMAIN = `
  DELETE FROM domains WHERE domain = :domain AND failure_at_ms IS NULL AND ${WITHOUT_POLICY}`;

const DROP_STALE_DOMAINS = `DELETE FROM domains WHERE failure_at_ms <= :before AND ${WITHOUT_POLICY}`;

const PRESENT = `
  SELECT ${POLICY_COLUMNS}, NULL AS replaced_at_ms, NULL AS replaced_because
  FROM policies WHERE domain = :domain`;

const PAST = `
  SELECT ${POLICY_COLUMNS}, replaced_at_ms, replaced_because
  FROM history WHERE domain = :domain ORDER BY seq DESC`;

const PRUNE_DOMAIN = `
  DELETE FROM history WHERE domain = :domain AND seq <=
    (SELECT seq FROM history WHERE domain = :domain ORDER BY seq DESC LIMIT 1 OFFSET :keep)`;

const COUNT_HISTORY = 'SELECT count(*) AS number FROM history';

const DROP_OLDEST_HISTORY =
  'DELETE FROM history WHERE seq IN (SELECT seq FROM history ORDER BY seq LIMIT :excess)';

/**
 * Every statement of the store, prepared once. The text keeps to what SQLite and PostgreSQL have in common
 * (`ON CONFLICT`, `coalesce`, `LIMIT … OFFSET`); only the spelling of the parameters differs.
 */
export function prepareStatements(database: DatabaseSync) {
  return {
    get: database.prepare(GET),
    list: database.prepare(LIST),
    listPolicyDomains: database.prepare(LIST_POLICY_DOMAINS),
    listDue: database.prepare(LIST_DUE),
    count: database.prepare(COUNT),
    oldestFetch: database.prepare(OLDEST_FETCH),
    fetched: database.prepare(FETCHED),
    saw: database.prepare(SAW),
    failed: database.prepare(FAILED),
    forgetFailure: database.prepare(FORGET_FAILURE),
    putPolicy: database.prepare(PUT_POLICY),
    replace: database.prepare(REPLACE),
    retire: database.prepare(RETIRE),
    moveRefresh: database.prepare(MOVE_REFRESH),
    expired: database.prepare(EXPIRED),
    all: database.prepare(ALL),
    dropPolicy: database.prepare(DROP_POLICY),
    dropDomain: database.prepare(DROP_DOMAIN),
    dropAllDomains: database.prepare(DROP_ALL_DOMAINS),
    dropIdleDomain: database.prepare(DROP_IDLE_DOMAIN),
    dropStaleDomains: database.prepare(DROP_STALE_DOMAINS),
    present: database.prepare(PRESENT),
    past: database.prepare(PAST),
    pruneDomain: database.prepare(PRUNE_DOMAIN),
    countHistory: database.prepare(COUNT_HISTORY),
    dropOldestHistory: database.prepare(DROP_OLDEST_HISTORY),
  };
}

export type Statements = ReturnType<typeof prepareStatements>;
