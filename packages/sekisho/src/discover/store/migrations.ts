/**
 * The schema, one step a version: step 1 makes version 1 out of an empty file. A step that has been released is
 * never changed; later ones are added. Times are milliseconds since the epoch.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE domains (
    domain TEXT NOT NULL PRIMARY KEY,
    checked_at_ms INTEGER,
    used_at_ms INTEGER,
    failure_id TEXT,
    failure_at_ms INTEGER,
    failure_code TEXT,
    failure_count INTEGER
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX domains_by_failure ON domains (failure_at_ms) WHERE failure_at_ms IS NOT NULL;

  CREATE TABLE policies (
    domain TEXT NOT NULL PRIMARY KEY REFERENCES domains (domain),
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    first_fetched_at_ms INTEGER NOT NULL,
    fetched_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    refresh_at_ms INTEGER NOT NULL,
    fetched_from TEXT,
    certificate_not_after_ms INTEGER
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX policies_by_refresh ON policies (refresh_at_ms, domain);
  CREATE INDEX policies_by_fetch ON policies (fetched_at_ms, expires_at_ms);

  CREATE TABLE history (
    seq INTEGER NOT NULL PRIMARY KEY,
    domain TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    first_fetched_at_ms INTEGER NOT NULL,
    fetched_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    refresh_at_ms INTEGER NOT NULL,
    fetched_from TEXT,
    certificate_not_after_ms INTEGER,
    replaced_at_ms INTEGER NOT NULL,
    replaced_because TEXT NOT NULL
  ) STRICT;

  CREATE INDEX history_by_domain ON history (domain, seq);
  `,
];
