import type { DatabaseSync } from 'node:sqlite';
import type { KeptRefusal, ReportChannel } from './answers.ts';
import type { RefusedArrival } from './intake-store.ts';
import { isRowId, listRows, REFUSED_BYTES, REFUSED_KEPT } from './limits.ts';

const MINUTE_MS = 60_000;

interface RefusedRow {
  readonly id: number;
  readonly received_ms: number;
  readonly channel: ReportChannel;
  readonly problems: string;
  readonly size_bytes: number;
}

/** The latest arrivals that could not be used, and how many there were. */
export function createRefusedTable(database: DatabaseSync) {
  const put = database.prepare(
    'INSERT INTO refused (received_ms, channel, problems, bytes) VALUES (?, ?, ?, ?)',
  );
  const drop = database.prepare(`DELETE FROM refused WHERE id <= ? - ${REFUSED_KEPT}`);
  const countOne = database.prepare(`
    INSERT INTO refused_minutes (minute, arrivals) VALUES (?, 1)
    ON CONFLICT DO UPDATE SET arrivals = arrivals + 1`);
  const list = database.prepare(
    'SELECT id, received_ms, channel, problems, length(bytes) AS size_bytes FROM refused ORDER BY id DESC LIMIT ?',
  );
  const getBytes = database.prepare('SELECT bytes FROM refused WHERE id = ?');
  const sum = database.prepare(
    'SELECT total(arrivals) AS arrivals FROM refused_minutes WHERE minute >= ?',
  );
  return {
    putRefused: ({ receivedAtMs, channel, problems, bytes }: RefusedArrival): void => {
      const kept = bytes.subarray(0, REFUSED_BYTES);
      const { lastInsertRowid } = put.run(receivedAtMs, channel, JSON.stringify(problems), kept);
      drop.run(lastInsertRowid);
      countOne.run(Math.floor(receivedAtMs / MINUTE_MS));
    },
    listRefused: (limit: number): readonly KeptRefusal[] =>
      (list.all(listRows(limit, REFUSED_KEPT)) as unknown as RefusedRow[]).map((row) => ({
        id: String(row.id),
        receivedAtMs: row.received_ms,
        channel: row.channel,
        problems: JSON.parse(row.problems) as readonly string[],
        sizeBytes: row.size_bytes,
      })),
    getRefusedBytes: (id: string): Uint8Array | undefined =>
      isRowId(id) ? (getBytes.get(Number(id))?.['bytes'] as Uint8Array | undefined) : undefined,
    countRefused: (sinceMs: number): number =>
      Number(sum.get(Math.floor(sinceMs / MINUTE_MS))?.['arrivals']),
  };
}
