import type { DatabaseSync } from 'node:sqlite';
import type { BadSample, SampleCount, SessionSource } from './report-store.ts';

const KEPT_OF_A_SOURCE = 200;
const LONGEST_SAMPLE_BYTES = 4096;

interface SampleRow {
  readonly at_ms: number;
  readonly source: SessionSource;
  readonly code: string;
  readonly bytes: Uint8Array;
}

/** The calls that keep what could not be used; the caller holds the transaction. */
export function createSampleTable(database: DatabaseSync) {
  const add = database.prepare(
    'INSERT INTO samples (source, at_ms, code, bytes) VALUES (:source, :atMs, :code, :bytes)',
  );
  const count = database.prepare(`
    INSERT INTO sample_counts VALUES (:source, 1)
    ON CONFLICT DO UPDATE SET count = count + 1`);
  const trim = database.prepare(`
    DELETE FROM samples WHERE source = :source AND seq <= (
      SELECT seq FROM samples WHERE source = :source
      ORDER BY seq DESC LIMIT 1 OFFSET ${KEPT_OF_A_SOURCE})`);
  const list = database.prepare('SELECT at_ms, source, code, bytes FROM samples ORDER BY seq DESC');
  const counts = database.prepare('SELECT source, count FROM sample_counts ORDER BY source');
  return {
    add: ({ source, atMs, code, bytes }: BadSample): void => {
      add.run({ source, atMs, code, bytes: bytes.subarray(0, LONGEST_SAMPLE_BYTES) });
      count.run({ source });
      trim.run({ source });
    },
    list: (): readonly BadSample[] =>
      (list.all() as unknown as SampleRow[]).map(({ at_ms, source, code, bytes }) => ({
        atMs: at_ms,
        source,
        code,
        bytes,
      })),
    counts: (): readonly SampleCount[] =>
      counts.all().map((row) => ({
        source: row['source'] as SessionSource,
        count: Number(row['count']),
      })),
  };
}
