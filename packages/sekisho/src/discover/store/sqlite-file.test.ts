import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Domain } from '@sekisho/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  openSqlitePolicyStore,
  type PolicyStore,
  STORE_FILE_NAME,
  type StoredPolicy,
} from './index.ts';

const A = 'a.example' as Domain;
const POLICY: StoredPolicy = {
  policyDomain: A,
  id: '1',
  body: 'version: STSv1\n',
  fetchedAtMs: 1_760_000_000_000,
  expiresAtMs: 1_760_086_400_000,
  refreshAtMs: 1_760_050_000_000,
};

let directory = '';
let file = '';
const open: PolicyStore[] = [];

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'sekisho-store-')), 'state');
  file = join(directory, STORE_FILE_NAME);
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((store) => store.close()));
  rmSync(dirname(directory), { recursive: true });
});

async function opened(options: { readonly readOnly?: boolean } = {}): Promise<PolicyStore> {
  const store = await openSqlitePolicyStore({ file, ...options });
  open.push(store);
  return store;
}

function prepareFile(content: string): void {
  mkdirSync(directory);
  writeFileSync(file, content);
}

function inDatabase(...statements: readonly string[]): void {
  const database = new DatabaseSync(file);
  for (const statement of statements) {
    database.exec(statement);
  }
  database.close();
}

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe('openSqlitePolicyStore', () => {
  it('makes directory and files for their owner only', async () => {
    const store = await opened();
    await store.putPolicy(POLICY);
    expect(mode(directory)).toBe('700');
    expect([file, `${file}-wal`, `${file}-shm`].map(mode)).toEqual(['600', '600', '600']);
  });

  it('finds again what was there before', async () => {
    const first = await openSqlitePolicyStore({ directory });
    await first.putPolicy(POLICY);
    await first.close();
    expect((await (await opened()).get(A))?.policy).toEqual(POLICY);
  });

  it('lets a reader in beside the writer', async () => {
    const writer = await opened();
    const reader = await opened({ readOnly: true });
    await writer.putPolicy(POLICY);
    expect((await reader.get(A))?.policy).toEqual(POLICY);
    await expect(reader.remove(A, 'purged', 1)).rejects.toMatchObject({
      code: 'store-unwritable',
      temporary: false,
    });
  });

  it('lets a second writer in', async () => {
    const [one, other] = [await opened(), await opened()];
    await Promise.all([
      one.putPolicy(POLICY),
      other.putPolicy({ ...POLICY, policyDomain: 'b.example' as Domain }),
    ]);
    expect(await one.count()).toBe(2);
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

  it('refuses the file of a later version as store-newer', async () => {
    await (await opened()).close();
    inDatabase('PRAGMA user_version = 1000');
    await expect(opened()).rejects.toMatchObject({
      code: 'store-newer',
      message: expect.stringContaining(`"${file}": its schema has version 1000`),
    });
  });

  it('refuses a directory that cannot be made as store-unwritable', async () => {
    writeFileSync(directory, 'a file is in the way');
    await expect(opened()).rejects.toMatchObject({
      code: 'store-unwritable',
      message: expect.stringContaining('what should be a directory is none'),
    });
  });

  it('for reading only, makes nothing', async () => {
    await expect(opened({ readOnly: true })).rejects.toMatchObject({ code: 'store-missing' });
    prepareFile('');
    await expect(opened({ readOnly: true })).rejects.toMatchObject({ code: 'store-older' });
    expect(statSync(file).size).toBe(0);
  });

  it('reports damage that is found later as store-corrupt', async () => {
    const before = await opened();
    await before.putPolicy(POLICY);
    await before.close();
    const pages = readFileSync(file);
    // The first page holds the schema; without it the file would not even open.
    writeFileSync(file, pages.fill(0xff, 4096));
    const store = await opened();
    const corrupt = { name: 'IoError', code: 'store-corrupt', temporary: false };
    await expect(store.get(A)).rejects.toMatchObject(corrupt);
    await expect(store.putPolicy(POLICY)).rejects.toMatchObject(corrupt);
  });
});
