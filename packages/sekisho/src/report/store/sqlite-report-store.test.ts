import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Domain } from '@sekisho/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type CountedSessions,
  openSqliteReportStore,
  REPORT_STORE_FILE_NAME,
  type ReportStore,
} from './index.ts';

const A = 'a.example' as Domain;
const DAY = '2026-11-23';
const ENTRY: CountedSessions = {
  day: DAY,
  domain: A,
  source: 'datagram',
  policy: { policyType: 'no-policy-found', policyString: [], policyDomain: A, mxHost: [] },
  isSuccess: true,
  failures: [],
  count: 1,
};

let directory = '';
const open: ReportStore[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sekisho-report-'));
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((store) => store.close()));
  rmSync(directory, { recursive: true });
});

async function opened(options: { readonly readOnly?: boolean } = {}): Promise<ReportStore> {
  const store = await openSqliteReportStore({ directory, ...options });
  open.push(store);
  return store;
}

describe('openSqliteReportStore', () => {
  it('finds again what was written, and makes the file for its owner only', async () => {
    await (await opened()).addSessions([ENTRY]);
    expect(await (await opened()).listSessions(DAY, A)).toEqual([ENTRY]);
    expect(statSync(join(directory, REPORT_STORE_FILE_NAME)).mode & 0o777).toBe(0o600);
  });

  it('is read by a command while the service writes, and written by the service alone', async () => {
    const service = await opened();
    const command = await opened({ readOnly: true });
    await service.addSessions([ENTRY]);
    await service.addSessions([ENTRY]);
    expect(await command.listSessions(DAY, A)).toEqual([{ ...ENTRY, count: 2 }]);
    await expect(command.addSessions([ENTRY])).rejects.toMatchObject({ code: 'store-unwritable' });
  });

  it('has nothing to read before the service has run', async () => {
    await expect(opened({ readOnly: true })).rejects.toMatchObject({ code: 'store-missing' });
  });

  it('keeps a text that a thousand domains share once', async () => {
    const store = await opened();
    const entries = Array.from({ length: 1000 }, (_, index) => ({
      ...ENTRY,
      domain: `d${index}.example` as Domain,
    }));
    await store.addSessions(entries);
    const database = new DatabaseSync(join(directory, REPORT_STORE_FILE_NAME));
    const rows = ['policies', 'courses', 'counts'].map((table) =>
      Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']),
    );
    database.close();
    expect(rows).toEqual([1, 1, 1000]);
  });

  it('adds all entries of a call or none', async () => {
    const store = await opened();
    const wrong = { ...ENTRY, count: 0.5 };
    await expect(store.addSessions([ENTRY, wrong])).rejects.toMatchObject({ name: 'IoError' });
    expect(await store.listOpenDays()).toEqual([]);
  });

  it('has all that was acknowledged, and no more than one call more, after a kill', async () => {
    const door = new URL('./index.ts', import.meta.url).href;
    const script = `
      const { openSqliteReportStore } = await import(${JSON.stringify(door)});
      const store = await openSqliteReportStore({ directory: ${JSON.stringify(directory)} });
      for (;;) {
        await store.addSessions([${JSON.stringify({ ...ENTRY, count: 3 })}]);
        process.stdout.write('+');
      }`;
    const flags = ['--conditions=sekisho-source', '--input-type=module', '--eval', script];
    const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
    let acknowledged = 0;
    for await (const chunk of child.stdout) {
      acknowledged += String(chunk).length;
      if (acknowledged >= 20) child.kill('SIGKILL');
    }
    const [kept] = await (await opened()).listSessions(DAY, A);
    const calls = (kept?.count ?? 0) / 3;
    expect(acknowledged).toBeGreaterThanOrEqual(20);
    expect([acknowledged, acknowledged + 1]).toContain(calls);
  });
});
