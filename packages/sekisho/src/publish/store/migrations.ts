import { ALERT_TABLE_SCHEMA } from '../../alert/index.ts';

/**
 * The schema, one step a version: step 1 makes version 1 out of an empty file. A step that has been released is never
 * changed; later ones are added. Times are milliseconds since the epoch; lists and problems are JSON.
 *
 * Versions and events do not refer to their domain: they outlive its removal, and the numbers go on after it.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE domains (
    domain TEXT NOT NULL PRIMARY KEY,
    added_at_ms INTEGER NOT NULL,
    served INTEGER,
    announced INTEGER,
    leaving_since_ms INTEGER,
    last_failure TEXT,
    live_mx TEXT,
    next_probe_at_ms INTEGER NOT NULL,
    change_version INTEGER,
    change_purpose TEXT,
    change_step TEXT,
    change_started_at_ms INTEGER,
    change_step_since_ms INTEGER,
    change_attempts INTEGER,
    change_next_attempt_at_ms INTEGER,
    change_problem TEXT,
    change_supersedes TEXT
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX domains_by_change ON domains (change_next_attempt_at_ms, domain)
    WHERE change_next_attempt_at_ms IS NOT NULL;
  CREATE INDEX domains_by_probe ON domains (next_probe_at_ms, domain);

  CREATE TABLE versions (
    domain TEXT NOT NULL,
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    mode TEXT NOT NULL,
    max_age_seconds INTEGER NOT NULL,
    mx TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    reason TEXT,
    overrides TEXT NOT NULL,
    served_from_ms INTEGER,
    served_until_ms INTEGER,
    announced_at_ms INTEGER,
    PRIMARY KEY (domain, number),
    UNIQUE (domain, id)
  ) STRICT;

  CREATE TABLE probes (
    seq INTEGER NOT NULL PRIMARY KEY,
    domain TEXT NOT NULL,
    mx_host TEXT NOT NULL,
    address TEXT,
    at_ms INTEGER NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    not_after_ms INTEGER
  ) STRICT;

  CREATE INDEX probes_by_domain ON probes (domain, at_ms);
  CREATE INDEX probes_by_age ON probes (at_ms);

  CREATE TABLE fetches (
    seq INTEGER NOT NULL PRIMARY KEY,
    domain TEXT NOT NULL,
    id TEXT NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    day INTEGER NOT NULL,
    first_at_ms INTEGER NOT NULL,
    last_at_ms INTEGER NOT NULL,
    count INTEGER NOT NULL,
    UNIQUE (domain, day, address, id, user_agent)
  ) STRICT;

  CREATE INDEX fetches_by_domain ON fetches (domain, last_at_ms);
  CREATE INDEX fetches_by_age ON fetches (last_at_ms);

  CREATE TABLE certificates (
    domain TEXT NOT NULL PRIMARY KEY,
    not_before_ms INTEGER,
    not_after_ms INTEGER,
    next_attempt_at_ms INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    problem TEXT,
    order_url TEXT
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX certificates_by_attempt ON certificates (next_attempt_at_ms, domain);
  CREATE INDEX certificates_by_end ON certificates (not_after_ms IS NULL, not_after_ms, domain);

  CREATE TABLE events (
    seq INTEGER NOT NULL PRIMARY KEY,
    domain TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    code TEXT NOT NULL,
    by TEXT NOT NULL,
    message TEXT NOT NULL
  ) STRICT;

  CREATE INDEX events_by_domain ON events (domain, at_ms);
  CREATE INDEX events_by_age ON events (at_ms);
  `,
  // What the events of before say of alerts is not read again: what still stands is raised once more.
  ALERT_TABLE_SCHEMA,
];
