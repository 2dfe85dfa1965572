import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SqliteStore } from '../../io/sqlite/index.ts';
import { dayOf } from './day.ts';
import type { IntakeStoreLimits } from './limits.ts';

/** Rows of one step. */
const ROWS_AT_ONCE = 500;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const MINUTES_KEPT = 30 * 24 * 60;

const ROLL_UPS = ['domains', 'submitters', 'reporters', 'policies', 'results', 'mx'];

/** Makes the call that drops what has been kept long enough. */
export function createSweep(sqlite: SqliteStore, limits: IntakeStoreLimits) {
  const { database } = sqlite;
  const steps = [
    dropOld(database, 'raw', 'report', limits.rawDays),
    dropOld(database, 'conflicts', 'id', limits.rawDays),
    dropDetails(database, limits.detailDays),
    dropDays(database, 'day_failures', limits.detailDays),
    ...ROLL_UPS.map((name) => dropDays(database, `day_${name}`, limits.totalDays)),
    dropOld(database, 'reports', 'id', Math.max(limits.totalDays, limits.detailDays)),
    dropMinutes(database),
  ].map((step) => sqlite.writes(step));
  return async (nowMs: number): Promise<void> => {
    for (const takeStep of steps) {
      while (await takeStep(nowMs)) await nextTurn();
    }
  };
}

/** Takes one step; says whether there may be more. */
type Step = (nowMs: number) => boolean;

function dropOld(database: DatabaseSync, table: string, key: string, keptDays: number): Step {
  const drop = database.prepare(`
    DELETE FROM ${table} WHERE ${key} IN (
      SELECT ${key} FROM ${table} WHERE received_ms < ? LIMIT ${ROWS_AT_ONCE})`);
  return (nowMs) => drop.run(nowMs - keptDays * DAY_MS).changes === ROWS_AT_ONCE;
}

/** The head stays: by it a copy of the report is known, which would count twice otherwise. */
function dropDetails(database: DatabaseSync, keptDays: number): Step {
  const find = database.prepare(`
    SELECT id FROM reports WHERE received_ms < ? AND has_details = 1 LIMIT ${ROWS_AT_ONCE}`);
  const drops = [
    'DELETE FROM entries WHERE report = ?',
    'DELETE FROM failures WHERE report = ?',
    'UPDATE reports SET has_details = 0, issues = NULL WHERE id = ?',
  ].map((text) => database.prepare(text));
  return (nowMs) => {
    const found = find.all(nowMs - keptDays * DAY_MS);
    for (const { id } of found) for (const drop of drops) drop.run(id as number);
    return found.length === ROWS_AT_ONCE;
  };
}

function dropDays(database: DatabaseSync, table: string, keptDays: number): Step {
  const first = database.prepare(`SELECT min(day) AS day FROM ${table}`);
  const drop = database.prepare(`DELETE FROM ${table} WHERE day = ?`);
  return (nowMs) => {
    const day = first.get()?.['day'] as number | null;
    if (day === null || day >= dayOf(nowMs) - keptDays) return false;
    drop.run(day);
    return true;
  };
}

function dropMinutes(database: DatabaseSync): Step {
  const drop = database.prepare('DELETE FROM refused_minutes WHERE minute < ?');
  return (nowMs) => {
    drop.run(Math.floor(nowMs / MINUTE_MS) - MINUTES_KEPT);
    return false;
  };
}
