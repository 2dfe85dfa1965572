import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore, type SqliteStore, type SqliteStoreOptions } from './index.ts';

const NOTES = {
  name: 'note store',
  fileName: 'notes.sqlite3',
  applicationId: 1,
  migrations: ['CREATE TABLE notes (text TEXT NOT NULL) STRICT'],
};

function openNotes(options: SqliteStoreOptions, writesWaitMs?: number) {
  const definition = { ...NOTES, ...(writesWaitMs !== undefined && { writesWaitMs }) };
  return openSqliteStore(definition, options, (sqlite) => notesOf(sqlite));
}

function notesOf(sqlite: SqliteStore) {
  const { database } = sqlite;
  const add = database.prepare('INSERT INTO notes VALUES (?)');
  const list = database.prepare('SELECT text FROM notes ORDER BY rowid');
  const undone: string[] = [];
  sqlite.onRollback(() => undone.push('undone'));
  return {
    database,
    undone,
    /** Null is what the table refuses, undefined what SQLite cannot be given. */
    add: sqlite.writes((text: string | null | undefined) => void add.run(text as string)),
    list: sqlite.reads(() => list.all().map(({ text }) => text)),
    isInTransaction: sqlite.reads(() => database.isTransaction),
    close: () => sqlite.close(),
  };
}

let directory = '';
let notes: ReturnType<typeof openNotes>;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sekisho-notes-'));
  notes = openNotes({ directory });
});
afterEach(async () => {
  await notes.close();
  rmSync(directory, { recursive: true });
});

describe('SqliteStore', () => {
  it('carries calls out in the order in which they are made', async () => {
    const done = [notes.list(), notes.add('a'), notes.list(), notes.add('b'), notes.list()];
    expect(await Promise.all(done)).toEqual([[], undefined, ['a'], undefined, ['a', 'b']]);
  });

  it('shares one transaction among the writes of a turn, and leaves none open', async () => {
    const inside = [notes.add('a'), notes.isInTransaction(), notes.add('b')];
    expect(await Promise.all(inside)).toEqual([undefined, true, undefined]);
    expect(await notes.isInTransaction()).toBe(false);
  });

  it.each([
    ['as long as it is told', 20],
    ['no longer than what has arrived', undefined],
  ])('has writes wait for company %s', async (_how, writesWaitMs) => {
    const slow = openNotes({ file: ':memory:' }, writesWaitMs);
    let isWritten = false;
    const written = slow.add('a').then(() => {
      isWritten = true;
    });
    // Two turns: the first may have begun before the write was scheduled.
    for (const _turn of [1, 2]) await new Promise((resolve) => setImmediate(resolve));
    expect(isWritten).toBe(writesWaitMs === undefined);
    expect(await slow.list()).toEqual(['a']);
    await written;
    await slow.close();
  });

  it('lets one bad write fail alone, and has remembered numbers forgotten', async () => {
    const file = join(directory, 'notes.sqlite3');
    await Promise.all([
      notes.add('a'),
      expect(notes.add(null)).rejects.toMatchObject({
        name: 'IoError',
        code: 'store-failed',
        message: expect.stringContaining(`Cannot write note store "${file}": NOT NULL`),
      }),
      notes.add('b'),
    ]);
    expect(await notes.list()).toEqual(['a', 'b']);
    expect(notes.undone).toEqual(['undone', 'undone']);
  });

  it('leaves a wrong call the TypeError that it is', async () => {
    await Promise.all([
      expect(notes.add(undefined)).rejects.toBeInstanceOf(TypeError),
      notes.add('a'),
    ]);
    expect(await notes.list()).toEqual(['a']);
  });

  it('says store-unwritable, temporarily, when the disk is full, and still reads', async () => {
    notes.database.exec('PRAGMA max_page_count = 2');
    await expect(notes.add('x'.repeat(65_536))).rejects.toMatchObject({
      code: 'store-unwritable',
      temporary: true,
      message: expect.stringMatching(/: database or disk is full; the disk must have free space$/),
    });
    expect(await notes.list()).toEqual([]);
    expect(await notes.isInTransaction()).toBe(false);
  });

  it('fails all writes of a transaction that cannot begin, at once, and reads without it', async () => {
    notes.database.exec('PRAGMA busy_timeout = 50');
    const other = new DatabaseSync(join(directory, 'notes.sqlite3'));
    other.exec('BEGIN IMMEDIATE');
    const begunAtMs = performance.now();
    const locked = { code: 'store-failed', temporary: true };
    await Promise.all([
      ...Array.from({ length: 100 }, () => expect(notes.add('a')).rejects.toMatchObject(locked)),
      expect(notes.list()).resolves.toEqual([]),
    ]);
    expect(performance.now() - begunAtMs).toBeLessThan(2_000);
    other.close();
    expect(notes.undone).toEqual([]);
  });

  it('finishes what waits when it is closed, and refuses what comes later', async () => {
    const many = Array.from({ length: 300 }, (_, index) => notes.add(`${index}`));
    await Promise.all([notes.close(), notes.close()]);
    await Promise.all(many);
    await expect(notes.list()).rejects.toMatchObject({ name: 'IoError', code: 'store-closed' });
    notes = openNotes({ directory });
    expect(await notes.list()).toHaveLength(300);
  });
});

describe('openSqliteStore', () => {
  it.each<[string, (file: string) => void, string, string]>([
    ['a directory', (file) => mkdirSync(file), 'store-corrupt', 'it is no file; move it away'],
    [
      'a link that leads nowhere',
      (file) => symlinkSync('/not-mounted/notes.sqlite3', file),
      'store-unreadable',
      'it is a link to a file that is not there',
    ],
  ])('says so of %s in the place of the file, to readers and writers', (_what, make, code, why) => {
    const file = join(directory, 'other.sqlite3');
    make(file);
    for (const readOnly of [true, false])
      expect(() => openNotes({ file, readOnly })).toThrow(
        expect.objectContaining({ code, message: expect.stringContaining(why) }),
      );
  });

  it('undoes a migration that fails, whole', async () => {
    const migrations = [...NOTES.migrations, 'CREATE TABLE more (x TEXT) STRICT; nonsense'];
    const later = (): unknown => openSqliteStore({ ...NOTES, migrations }, { directory }, notesOf);
    await notes.close();
    expect(later).toThrow(expect.objectContaining({ name: 'IoError', code: 'store-failed' }));
    notes = openNotes({ directory });
    expect(notes.database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()).toEqual({
      n: 1,
    });
  });
});
