import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlertBook } from '../../alert/index.ts';
import { createFakeClock } from '../../io/clock/index.ts';
import { createMemoryLog } from '../../io/log/index.ts';
import { INTAKE_ALERTS } from '../alerts/index.ts';
import { MIGRATIONS } from './migrations.ts';
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

  it('takes over what an earlier version had told of alerts', async () => {
    const database = new DatabaseSync(join(directory, INTAKE_STORE_FILE_NAME));
    database.exec(MIGRATIONS[0] ?? '');
    database.exec('PRAGMA application_id = 0x536b696e; PRAGMA user_version = 1');
    const put = database.prepare('INSERT INTO alert_states VALUES (?, ?, 5)');
    put.run('failures a.example', '["certificate-expired mx.a.example"]');
    put.run('silent r.example', '["silent"]');
    put.run('refused', '["burst"]');
    database.close();
    const store = await openSqliteIntakeStore({ directory });
    const clock = createFakeClock();
    const log = createMemoryLog();
    const book = await AlertBook.open({ store, clock, log, rules: INTAKE_ALERTS });
    const alert = { severity: 'error', message: 'm', remedy: 'r' } as const;
    expect(
      book.note({
        alerts: [
          {
            ...alert,
            code: 'failures-reported',
            subject: { domain: 'a.example' },
            aspects: ['certificate-expired mx.a.example'],
          },
          { ...alert, code: 'reporter-silent', subject: { submitter: 'r.example' } },
          { ...alert, code: 'refused-burst', subject: {} },
        ],
        over: [],
      }),
    ).toEqual([]);
    expect(book.standing()).toHaveLength(3);
    expect(book.undelivered()).toEqual([]);
    await book.close();
    await store.close();
  });
});
