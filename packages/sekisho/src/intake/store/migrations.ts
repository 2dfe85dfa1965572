import { ALERT_TABLE_SCHEMA } from '../../alert/index.ts';

/**
 * The schema, one step a version: step 1 makes version 1 out of an empty file. A step that has been released is never
 * changed; later ones are added. A day is a number, days since 1970-01-01 (UTC). Texts that repeat are numbers of
 * `names`. What grows with every report begins its key with the day: reports come in the order of their days, so that
 * a put touches pages that are in memory already, however many there are.
 *
 * The tables `day_…` are roll-ups, changed with each report in its transaction; questions about sums read them alone.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE names (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;

  CREATE TABLE reports (
    id INTEGER NOT NULL PRIMARY KEY,
    day INTEGER NOT NULL,
    key BLOB NOT NULL,
    hash BLOB NOT NULL,
    verified INTEGER NOT NULL,
    submitter INTEGER NOT NULL,
    given_id TEXT NOT NULL,
    organization TEXT NOT NULL,
    contact TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    channel TEXT NOT NULL,
    trust TEXT NOT NULL,
    issues TEXT,
    issue_count INTEGER NOT NULL,
    successful INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    has_details INTEGER NOT NULL,
    conflicts INTEGER NOT NULL,
    UNIQUE (day, key)
  ) STRICT;

  CREATE INDEX reports_by_age ON reports (received_ms);
  CREATE INDEX reports_with_details ON reports (received_ms) WHERE has_details = 1;

  CREATE TABLE entries (
    report INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    day INTEGER NOT NULL,
    domain INTEGER NOT NULL,
    policy_type INTEGER NOT NULL,
    mode INTEGER NOT NULL,
    policy_string TEXT NOT NULL,
    mx_host TEXT NOT NULL,
    successful INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    PRIMARY KEY (report, entry)
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX entries_by_day ON entries (day, domain);

  CREATE TABLE failures (
    report INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    failure INTEGER NOT NULL,
    result INTEGER NOT NULL,
    mx INTEGER NOT NULL,
    ip INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    outside INTEGER NOT NULL,
    sending_ip TEXT,
    helo TEXT,
    information TEXT,
    sessions INTEGER NOT NULL,
    PRIMARY KEY (report, entry, failure)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE raw (
    report INTEGER NOT NULL PRIMARY KEY,
    received_ms INTEGER NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;

  CREATE INDEX raw_by_age ON raw (received_ms);

  CREATE TABLE conflicts (
    id INTEGER NOT NULL PRIMARY KEY,
    report INTEGER NOT NULL,
    hash BLOB NOT NULL,
    received_ms INTEGER NOT NULL,
    channel TEXT NOT NULL,
    trust TEXT NOT NULL,
    bytes BLOB NOT NULL,
    UNIQUE (report, hash)
  ) STRICT;

  CREATE INDEX conflicts_by_age ON conflicts (received_ms);

  CREATE TABLE refused (
    id INTEGER NOT NULL PRIMARY KEY,
    received_ms INTEGER NOT NULL,
    channel TEXT NOT NULL,
    problems TEXT NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;

  CREATE TABLE refused_minutes (
    minute INTEGER NOT NULL PRIMARY KEY,
    arrivals INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE alert_states (
    key TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE day_domains (
    day INTEGER NOT NULL,
    domain INTEGER NOT NULL,
    verified INTEGER NOT NULL,
    reports INTEGER NOT NULL,
    successful INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    PRIMARY KEY (day, domain, verified)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE day_submitters (
    day INTEGER NOT NULL,
    submitter INTEGER NOT NULL,
    verified INTEGER NOT NULL,
    reports INTEGER NOT NULL,
    successful INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (day, submitter, verified)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE day_reporters (
    day INTEGER NOT NULL,
    domain INTEGER NOT NULL,
    submitter INTEGER NOT NULL,
    verified INTEGER NOT NULL,
    reports INTEGER NOT NULL,
    successful INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (day, domain, submitter, verified)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE day_policies (
    day INTEGER NOT NULL,
    domain INTEGER NOT NULL,
    policy_type INTEGER NOT NULL,
    mode INTEGER NOT NULL,
    verified INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    successful INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    PRIMARY KEY (day, domain, policy_type, mode, verified)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE day_results (
    day INTEGER NOT NULL,
    domain INTEGER NOT NULL,
    policy_type INTEGER NOT NULL,
    mode INTEGER NOT NULL,
    result INTEGER NOT NULL,
    verified INTEGER NOT NULL,
    sessions INTEGER NOT NULL,
    PRIMARY KEY (day, domain, policy_type, mode, result, verified)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE day_mx (
    day INTEGER NOT NULL,
    mx INTEGER NOT NULL,
    ip INTEGER NOT NULL,
    result INTEGER NOT NULL,
    verified INTEGER NOT NULL,
    sessions INTEGER NOT NULL,
    PRIMARY KEY (day, mx, ip, result, verified)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE day_failures (
    day INTEGER NOT NULL,
    domain INTEGER NOT NULL,
    submitter INTEGER NOT NULL,
    policy_type INTEGER NOT NULL,
    mode INTEGER NOT NULL,
    result INTEGER NOT NULL,
    mx INTEGER NOT NULL,
    ip INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    outside INTEGER NOT NULL,
    verified INTEGER NOT NULL,
    sessions INTEGER NOT NULL,
    PRIMARY KEY (day, domain, submitter, policy_type, mode, result, mx, ip, reason, outside, verified)
  ) STRICT, WITHOUT ROWID;
  `,
  // What was told before has been told in either severity.
  `
  ${ALERT_TABLE_SCHEMA}

  INSERT INTO alerts (key, code, subject, severity, kind, message, heard, raised_at_ms,
    told_at_ms, told_to, is_delivered)
  SELECT 'failures-reported ' || substr(key, 10), 'failures-reported',
    json_object('domain', substr(key, 10)), 'warning', 'raised', '', json_insert(state, '$[#]', 'warning', '$[#]', 'error'), at_ms, at_ms, '[]', 1
  FROM alert_states WHERE key LIKE 'failures %'
  UNION ALL
  SELECT 'reporter-silent ' || substr(key, 8), 'reporter-silent',
    json_object('submitter', substr(key, 8)), 'warning', 'raised', '', json_insert(state, '$[#]', 'warning', '$[#]', 'error'), at_ms, at_ms, '[]', 1
  FROM alert_states WHERE key LIKE 'silent %'
  UNION ALL
  SELECT 'refused-burst', 'refused-burst', '{}', 'warning', 'raised', '', json_insert(state, '$[#]', 'warning', '$[#]', 'error'), at_ms, at_ms, '[]', 1
  FROM alert_states WHERE key = 'refused';

  DROP TABLE alert_states;
  `,
];
