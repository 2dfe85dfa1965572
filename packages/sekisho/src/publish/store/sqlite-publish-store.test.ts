import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Domain } from '@sekisho/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MIGRATIONS } from './migrations.ts';
import {
  openSqlitePublishStore,
  PUBLISH_STORE_FILE_NAME,
  type PolicyVersion,
  type PublishedDomain,
  type PublishStore,
} from './index.ts';

const A = 'a.example' as Domain;
const DOMAIN: PublishedDomain = { domain: A, addedAtMs: 1, nextProbeAtMs: 1 };
const VERSION: PolicyVersion = {
  domain: A,
  number: 1,
  id: 'one',
  body: 'version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n',
  mode: 'none',
  maxAgeSeconds: 86_400,
  mx: [],
  createdAtMs: 1,
  createdBy: 'admin',
  overrides: [],
};
const FIRST = { next: DOMAIN, added: VERSION, marks: [] };

let directory = '';
let file = '';
const open: PublishStore[] = [];

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'sekisho-publish-')), 'state');
  file = join(directory, PUBLISH_STORE_FILE_NAME);
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((store) => store.close()));
  rmSync(dirname(directory), { recursive: true });
});

async function opened(options: { readonly readOnly?: boolean } = {}): Promise<PublishStore> {
  const store = await openSqlitePublishStore({ directory, ...options });
  open.push(store);
  return store;
}

function prepareFile(content: string): void {
  mkdirSync(directory);
  writeFileSync(file, content);
}

function inDatabase(statement: string): void {
  const database = new DatabaseSync(file);
  database.exec(statement);
  database.close();
}

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe('openSqlitePublishStore', () => {
  it('makes directory and files for their owner only', async () => {
    await (await opened()).commitChange(undefined, FIRST);
    expect(mode(directory)).toBe('700');
    expect([file, `${file}-wal`, `${file}-shm`].map(mode)).toEqual(['600', '600', '600']);
  });

  it('finds again what was there before, and lets a reader in beside the writer', async () => {
    const first = await opened();
    await first.commitChange(undefined, FIRST);
    await first.close();
    const served = { ...DOMAIN, served: 1 };
    await (await opened()).commitChange(DOMAIN, { next: served, marks: [] });
    const reader = await opened({ readOnly: true });
    expect(await reader.getServed(A)).toMatchObject({ body: VERSION.body });
    const removed = reader.removeDomain(served, []);
    await expect(removed).rejects.toMatchObject({ code: 'store-unwritable' });
  });

  it.each([
    ['no database', () => prepareFile('x'.repeat(8192))],
    [
      "another program's database",
      () => {
        prepareFile('');
        inDatabase('CREATE TABLE cache (key TEXT)');
      },
    ],
  ])('refuses %s as store-corrupt and does not touch it', async (_what, prepare) => {
    prepare();
    const before = statSync(file);
    await expect(opened()).rejects.toMatchObject({ name: 'IoError', code: 'store-corrupt' });
    expect(statSync(file)).toMatchObject({ mtimeMs: before.mtimeMs, size: before.size });
  });

  it('brings the file of an earlier version, which had no table of alerts, up to date', async () => {
    mkdirSync(directory);
    inDatabase(MIGRATIONS[0] ?? '');
    inDatabase('PRAGMA application_id = 0x536b7062; PRAGMA user_version = 1');
    inDatabase(
      "INSERT INTO events VALUES (1, 'a.example', 5, 'mx-unmatched', 'sekisho', 'MX m: x')",
    );
    const store = await opened();
    expect(await store.listAlerts()).toEqual([]);
    expect(await store.listEvents(A)).toHaveLength(1);
  });

  it('refuses the file of a later version as store-newer', async () => {
    await (await opened()).close();
    inDatabase('PRAGMA user_version = 1000');
    await expect(opened()).rejects.toMatchObject({
      code: 'store-newer',
      message: expect.stringContaining(`publish store "${file}": its schema has version 1000`),
    });
  });

  it('refuses a directory that cannot be made as store-unwritable', async () => {
    writeFileSync(directory, 'a file is in the way');
    await expect(opened()).rejects.toMatchObject({
      code: 'store-unwritable',
      message: expect.stringContaining('what should be a directory is none'),
    });
  });

  it.skipIf(process.getuid?.() === 0)('refuses a directory that is not writable', async () => {
    mkdirSync(directory);
    chmodSync(directory, 0o500);
    await expect(opened()).rejects.toMatchObject({ code: 'store-unwritable' });
  });

  it('for reading only, makes nothing', async () => {
    await expect(opened({ readOnly: true })).rejects.toMatchObject({ code: 'store-missing' });
    prepareFile('');
    await expect(opened({ readOnly: true })).rejects.toMatchObject({ code: 'store-older' });
    expect(statSync(file).size).toBe(0);
  });

  it('asks an index for each request, and for what is due', async () => {
    await opened();
    const database = new DatabaseSync(file);
    const plan = (query: string) =>
      database
        .prepare(`EXPLAIN QUERY PLAN ${query}`)
        .all()
        .map((row) => String(row['detail']))
        .join('; ');
    expect(
      plan(`SELECT v.* FROM domains d JOIN versions v ON v.domain = d.domain AND v.number = d.served
        WHERE d.domain = 'a.example'`),
    ).not.toContain('SCAN');
    const due = 'ORDER BY change_next_attempt_at_ms, domain LIMIT 10';
    expect(plan(`SELECT * FROM domains WHERE change_next_attempt_at_ms <= 5 ${due}`)).toMatch(
      /^SEARCH domains USING INDEX domains_by_change [^;]*$/,
    );
    const end = 'ORDER BY not_after_ms IS NULL, not_after_ms, domain LIMIT 10';
    expect(plan(`SELECT * FROM certificates ${end}`)).toBe(
      'SCAN certificates USING INDEX certificates_by_end',
    );
    database.close();
  });
});
