import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ArrivedReport, INTAKE_STORE_FILE_NAME, openSqliteIntakeStore } from './index.ts';

const DAY = 86_400_000;
const REPORT: ArrivedReport = {
  report: { reportId: '1', startMs: 0, endMs: DAY, policies: [] },
  issues: [],
  raw: Buffer.from('{}'),
  receivedAtMs: DAY,
  channel: 'lmtp',
  trust: { kind: 'unauthenticated' },
  submitter: 'r.example',
};

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sekisho-intake-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('openSqliteIntakeStore', () => {
  it('has what was put on the disk when the promise resolves, readable beside the writer', async () => {
    const writer = await openSqliteIntakeStore({ directory });
    await writer.putReport(REPORT);
    const reader = await openSqliteIntakeStore({ directory, readOnly: true });
    const days = { firstDay: '1970-01-01', lastDay: '1970-01-01', trust: 'all' } as const;
    expect(await reader.listReports(days, 1)).toHaveLength(1);
    const other = { ...REPORT, submitter: 's.example' };
    await expect(reader.putReport(other)).rejects.toMatchObject({ code: 'store-unwritable' });
    expect(statSync(join(directory, INTAKE_STORE_FILE_NAME)).mode & 0o777).toBe(0o600);
    await reader.close();
    await writer.close();
  });

  it('for reading only, makes nothing', async () => {
    const opened = openSqliteIntakeStore({ directory: join(directory, 'none'), readOnly: true });
    await expect(opened).rejects.toMatchObject({ code: 'store-missing' });
  });

  it('begins every key that grows with reports with the day, so that a put stays where the last one was', async () => {
    const store = await openSqliteIntakeStore({ directory });
    await store.close();
    const database = new DatabaseSync(join(directory, INTAKE_STORE_FILE_NAME));
    const keys = database
      .prepare(`
        SELECT t.name AS name, c.name AS first FROM sqlite_schema t, pragma_table_info(t.name) c
        WHERE t.type = 'table' AND t.name LIKE 'day!_%' ESCAPE '!' AND c.pk = 1`)
      .all();
    expect(keys).toHaveLength(7);
    expect(keys.filter(({ first }) => first !== 'day')).toEqual([]);
    database.close();
  });
});
