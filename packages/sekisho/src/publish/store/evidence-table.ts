import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Domain } from '@sekisho/spec';
import type { SqliteStore } from '../../io/sqlite/index.ts';
import { listRows, type PublishStoreLimits } from './limits.ts';
import type { FetchCount, ProbeRecord, PublishEvent } from './publish-store.ts';
import { type EventRow, eventOf, type FetchRow, fetchOf, type ProbeRow, probeOf } from './rows.ts';

const DAY_MS = 86_400_000;

/** Rows of one delete of a sweep: requests are answered between two of them. */
const ROWS_AT_ONCE = 2_000;

/** What has been seen and done, without waiting; the caller holds the transaction. Each domain has its bound at every write. */
export function createEvidenceTable(database: DatabaseSync, limits: PublishStoreLimits) {
  const statements = prepare(database);
  return {
    recordProbes: (probes: readonly ProbeRecord[]): void => {
      for (const probe of probes) {
        const { domain, mxHost: host, atMs: at, code, detail } = probe;
        const { address = null, notAfterMs: end = null } = probe;
        statements.addProbe.run({ domain, host, address, at, code, detail, end });
      }
      for (const domain of domainsOf(probes)) {
        statements.pruneProbes.run({ domain, keep: limits.probesPerDomain });
      }
    },
    listProbes: (domain: Domain, since: number) =>
      (statements.probes.all({ domain, since }) as unknown as ProbeRow[]).map(probeOf),
    recordFetches: (fetches: readonly FetchCount[]): void => {
      for (const { domain, id, address, userAgent, firstAtMs, lastAtMs, count } of fetches) {
        const day = Math.floor(firstAtMs / DAY_MS);
        const columns = { domain, id, address, agent: userAgent.slice(0, 200), day, count };
        statements.addFetches.run({ ...columns, first: firstAtMs, last: lastAtMs });
      }
      for (const domain of domainsOf(fetches)) {
        statements.pruneFetches.run({ domain, keep: limits.fetchesPerDomain });
      }
    },
    listFetches: (domain: Domain, since: number, limit = 1000) => {
      const rows = statements.fetches.all({ domain, since, limit: listRows(limit) });
      return (rows as unknown as FetchRow[]).map(fetchOf);
    },
    recordEvent: ({ domain, atMs: at, code, by, message }: PublishEvent): void => {
      statements.addEvent.run({ domain, at, code, by, message });
      statements.pruneEvents.run({ domain, keep: limits.eventsPerDomain });
    },
    listEvents: (domain: Domain, limit = 100) => {
      const rows = statements.events.all({ domain, limit: listRows(limit) });
      return (rows as unknown as EventRow[]).map(eventOf);
    },
  };
}

function prepare(database: DatabaseSync) {
  const prune = (table: string, column: string) =>
    database.prepare(`
      DELETE FROM ${table} WHERE seq IN (
        SELECT seq FROM ${table} WHERE domain = :domain
        ORDER BY ${column} DESC, seq DESC LIMIT -1 OFFSET :keep)`);
  return {
    addProbe: database.prepare(`
      INSERT INTO probes (domain, mx_host, address, at_ms, code, detail, not_after_ms)
      VALUES (:domain, :host, :address, :at, :code, :detail, :end)`),
    probes: database.prepare(
      'SELECT * FROM probes WHERE domain = :domain AND at_ms >= :since ORDER BY at_ms, seq',
    ),
    pruneProbes: prune('probes', 'at_ms'),
    addFetches: database.prepare(`
      INSERT INTO fetches (domain, id, address, user_agent, day, first_at_ms, last_at_ms, count)
      VALUES (:domain, :id, :address, :agent, :day, :first, :last, :count)
      ON CONFLICT (domain, day, address, id, user_agent) DO UPDATE SET
        first_at_ms = min(first_at_ms, excluded.first_at_ms),
        last_at_ms = max(last_at_ms, excluded.last_at_ms),
        count = count + excluded.count`),
    fetches: database.prepare(`
      SELECT * FROM fetches WHERE domain = :domain AND last_at_ms >= :since
      ORDER BY last_at_ms DESC, seq DESC LIMIT :limit`),
    pruneFetches: prune('fetches', 'last_at_ms'),
    addEvent: database.prepare(`
      INSERT INTO events (domain, at_ms, code, by, message)
      VALUES (:domain, :at, :code, :by, :message)`),
    events: database.prepare(
      'SELECT * FROM events WHERE domain = :domain ORDER BY seq DESC LIMIT :limit',
    ),
    pruneEvents: prune('events', 'seq'),
  };
}

function domainsOf(records: readonly { readonly domain: Domain }[]): ReadonlySet<Domain> {
  return new Set(records.map(({ domain }) => domain));
}

/** Makes the call that drops what has been kept long enough. */
export function createSweep(sqlite: SqliteStore, limits: PublishStoreLimits) {
  const dropper = (table: string, column: string) => {
    const drop = sqlite.database.prepare(`
      DELETE FROM ${table} WHERE seq IN (
        SELECT seq FROM ${table} WHERE ${column} < :before LIMIT ${ROWS_AT_ONCE})`);
    return sqlite.writes((before: number) => drop.run({ before }).changes);
  };
  const tables = [
    { dropSome: dropper('fetches', 'last_at_ms'), keptMs: limits.fetchesKeptMs },
    { dropSome: dropper('probes', 'at_ms'), keptMs: limits.probesKeptMs },
    { dropSome: dropper('events', 'at_ms'), keptMs: limits.eventsKeptMs },
  ];
  return async (nowMs: number): Promise<void> => {
    for (const { dropSome, keptMs } of tables) {
      while ((await dropSome(nowMs - keptMs)) === ROWS_AT_ONCE) await nextTurn();
    }
  };
}
