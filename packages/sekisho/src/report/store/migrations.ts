/**
 * The schema, one step a version: step 1 makes version 1 out of an empty file. A step that has been released is never
 * changed; later ones are added. Times are milliseconds since the epoch; policies and courses are JSON.
 *
 * The same policy, course or record stands in many counts: each is kept once, found by a hash of its text.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE records (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, text TEXT NOT NULL) STRICT;
  CREATE TABLE policies (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, text TEXT NOT NULL) STRICT;
  CREATE TABLE courses (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, text TEXT NOT NULL) STRICT;

  -- A record of 0 is none. The call that added last tells which record was seen last.
  CREATE TABLE counts (
    day TEXT NOT NULL,
    domain TEXT NOT NULL,
    record INTEGER NOT NULL,
    source TEXT NOT NULL,
    policy INTEGER NOT NULL,
    is_success INTEGER NOT NULL,
    course INTEGER NOT NULL,
    count INTEGER NOT NULL,
    last_call INTEGER NOT NULL,
    PRIMARY KEY (day, domain, record, source, policy, is_success, course)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE calls (only INTEGER PRIMARY KEY CHECK (only = 1), number INTEGER NOT NULL) STRICT;
  INSERT INTO calls VALUES (1, 0);

  CREATE TABLE samples (
    seq INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    code TEXT NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE INDEX samples_by_source ON samples (source, seq);
  CREATE TABLE sample_counts (source TEXT NOT NULL PRIMARY KEY, count INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;

  -- Days that take no more sessions.
  CREATE TABLE days (day TEXT NOT NULL PRIMARY KEY, is_closed INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;

  -- Domains of a day that are done with: by a report, or by a reason for none.
  CREATE TABLE outcomes (
    day TEXT NOT NULL,
    domain TEXT NOT NULL,
    skipped TEXT,
    PRIMARY KEY (day, domain)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE reports (
    report_id TEXT NOT NULL PRIMARY KEY,
    day TEXT NOT NULL,
    domain TEXT NOT NULL,
    record TEXT NOT NULL,
    json TEXT NOT NULL,
    successes INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    made_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX reports_by_day ON reports (day, domain, report_id);

  CREATE TABLE deliveries (
    report_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    uri TEXT NOT NULL,
    host TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt_at_ms INTEGER NOT NULL,
    first_attempt_at_ms INTEGER,
    last_problem TEXT,
    ended_at_ms INTEGER,
    PRIMARY KEY (report_id, place)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX deliveries_by_due ON deliveries (next_attempt_at_ms, report_id, place)
    WHERE state = 'waiting';
  CREATE INDEX deliveries_by_state ON deliveries (state);
  `,
];
