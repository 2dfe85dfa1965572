import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { settleSqliteFile } from './settle-sqlite-file.ts';

function makeFile() {
  const directory = mkdtempSync(join(tmpdir(), 'sekisho-settle-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'a.sqlite3');
  const writer = new DatabaseSync(file);
  writer.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)');
  return { file, writer };
}

it.each([
  ['writes', false],
  ['only reads', true],
])('refuses while another connection is open that %s, and waits for its end', (_what, readOnly) => {
  const { file, writer } = makeFile();
  const other = new DatabaseSync(file, { readOnly });
  other.prepare('SELECT x FROM t').all();
  writer.close();
  expect(() => settleSqliteFile(file, 'test store', 0)).toThrow(
    expect.objectContaining({
      code: 'store-in-use',
      temporary: true,
      message: `Cannot move test store "${file}": another process has it open; end it, and try again`,
    }),
  );
  other.close();
  settleSqliteFile(file, 'test store', 0);
  expect([existsSync(`${file}-wal`), existsSync(`${file}-shm`)]).toEqual([false, false]);
  const settled = new DatabaseSync(file, { readOnly: true });
  expect(settled.prepare('SELECT x FROM t').get()?.['x']).toBe(1);
  settled.close();
});

it('says so of a file that is no database', () => {
  const { file, writer } = makeFile();
  writer.close();
  writeFileSync(file, 'this is no database at all, but a text'.repeat(99));
  expect(() => settleSqliteFile(file, 'test store')).toThrow(
    expect.objectContaining({ code: 'store-corrupt' }),
  );
});
