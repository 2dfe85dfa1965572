import type { DatabaseSync } from 'node:sqlite';
import type { Domain } from '@sekisho/spec';
import { listRows } from './limits.ts';
import type { PublishedDomain, PublishStore } from './publish-store.ts';
import { type DomainRow, domainOf, jsonOf, type VersionRow, versionOf } from './rows.ts';

/** The calls that read domains and versions, without waiting, on an open database; and what is remembered of MX hosts. */
export function createDomainTable(database: DatabaseSync) {
  const get = database.prepare('SELECT * FROM domains WHERE domain = :domain');
  const list = database.prepare(
    'SELECT * FROM domains WHERE domain > :after ORDER BY domain LIMIT :limit',
  );
  const count = database.prepare('SELECT count(*) AS number FROM domains');
  const dueChanges = database.prepare(`
    SELECT * FROM domains WHERE change_next_attempt_at_ms <= :now
    ORDER BY change_next_attempt_at_ms, domain LIMIT :limit`);
  const dueProbes = database.prepare(`
    SELECT * FROM domains WHERE next_probe_at_ms <= :now
    ORDER BY next_probe_at_ms, domain LIMIT :limit`);
  const served = database.prepare(`
    SELECT v.* FROM domains d JOIN versions v ON v.domain = d.domain AND v.number = d.served
    WHERE d.domain = :domain`);
  const version = database.prepare(
    'SELECT * FROM versions WHERE domain = :domain AND number = :number',
  );
  const versions = database.prepare(
    'SELECT * FROM versions WHERE domain = :domain ORDER BY number DESC',
  );
  const putLiveMx = database.prepare(`
    UPDATE domains SET live_mx = coalesce(:live, live_mx), next_probe_at_ms = :next
    WHERE domain = :domain`);
  const rows = (found: unknown): readonly PublishedDomain[] => (found as DomainRow[]).map(domainOf);
  const oneVersion = (found: unknown) =>
    found === undefined ? undefined : versionOf(found as VersionRow);

  return {
    getDomain: (domain: Domain) => {
      const row = get.get({ domain }) as DomainRow | undefined;
      return row && domainOf(row);
    },
    listDomains: ({ after, limit = 1000 }: Parameters<PublishStore['listDomains']>[0] = {}) =>
      rows(list.all({ after: after ?? '', limit: listRows(limit) })),
    countDomains: () => Number(count.get()?.['number']),
    listDueChanges: (now: number, limit: number) =>
      rows(dueChanges.all({ now, limit: listRows(limit) })),
    listDueProbes: (now: number, limit: number) =>
      rows(dueProbes.all({ now, limit: listRows(limit) })),
    getServed: (domain: Domain) => oneVersion(served.get({ domain })),
    getVersion: (domain: Domain, number: number) => oneVersion(version.get({ domain, number })),
    listVersions: (domain: Domain) =>
      (versions.all({ domain }) as unknown as VersionRow[]).map(versionOf),
    putLiveMx: (
      domain: Domain,
      hosts: readonly string[] | undefined,
      atMs: number,
      next: number,
    ) => {
      const live = hosts === undefined ? null : jsonOf({ hosts, atMs });
      putLiveMx.run({ domain, live, next });
    },
  };
}
