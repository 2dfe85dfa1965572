import {
  appendFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../clock/index.ts';
import { createMemoryLog } from '../log/index.ts';
import {
  createFileReader,
  type FilePosition,
  type FileReaderOptions,
  followFile,
  type PositionStore,
} from './index.ts';

let folder = '';
let path = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sekisho-tail-'));
  path = join(folder, 'mail.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

function keep<T>(): PositionStore<T> & { value: T | undefined } {
  const store: PositionStore<T> & { value: T | undefined } = {
    value: undefined,
    load: async () => store.value,
    save: async (position) => void (store.value = position),
  };
  return store;
}

function reader(more: Partial<FileReaderOptions> = {}) {
  const lines: string[] = [];
  const take = async (taken: readonly string[]): Promise<void> => void lines.push(...taken);
  const position = keep<FilePosition>();
  return { lines, position, reader: createFileReader({ path, position, take, ...more }) };
}

describe('createFileReader', () => {
  it('begins at the end, and reads what comes', async () => {
    writeFileSync(path, 'old\n');
    const { lines, reader: file } = reader();
    await file.readNew();
    appendFileSync(path, 'one\ntw');
    await file.readNew();
    expect(lines).toEqual(['one']);
    appendFileSync(path, 'o\n');
    await file.readNew();
    expect(lines).toEqual(['one', 'two']);
    await file.close();
  });

  it('begins at the start if asked', async () => {
    writeFileSync(path, 'old\n');
    const { lines, reader: file } = reader({ firstFrom: 'start' });
    await file.readNew();
    expect(lines).toEqual(['old']);
    await file.close();
  });

  it('waits for a file that is not there, and reads all of it', async () => {
    const { lines, reader: file } = reader();
    await file.readNew();
    writeFileSync(path, 'one\n');
    await file.readNew();
    expect(lines).toEqual(['one']);
    await file.close();
  });

  it('follows a rotation by rename, and what is still written to the former file', async () => {
    writeFileSync(path, '');
    const { lines, reader: file } = reader();
    await file.readNew();
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'new\n');
    await file.readNew();
    appendFileSync(`${path}.1`, 'late\n');
    for (let call = 0; call < 3; call += 1) await file.readNew();
    expect(lines).toEqual(['late', 'new']);
    await file.close();
  });

  it('follows a rotation by truncation', async () => {
    writeFileSync(path, 'a long line that was there\n');
    const { lines, reader: file } = reader();
    await file.readNew();
    truncateSync(path);
    appendFileSync(path, 'new\n');
    await file.readNew();
    expect(lines).toEqual(['new']);
    await file.close();
  });

  it('resumes where it was, also in a file rotated meanwhile', async () => {
    writeFileSync(path, 'zero\n');
    const first = reader();
    await first.reader.readNew();
    appendFileSync(path, 'one\nhal');
    await first.reader.readNew();
    await first.reader.close();
    appendFileSync(path, 'f\n');
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'three\n');
    const second = reader({ position: first.position });
    for (let call = 0; call < 4; call += 1) await second.reader.readNew();
    expect(second.lines).toEqual(['half', 'three']);
    await second.reader.close();
  });

  it('hands over again what was not taken', async () => {
    writeFileSync(path, '');
    let isBroken = true;
    const lines: string[] = [];
    const { reader: file } = reader({
      take: async (taken) => {
        if (isBroken) throw new Error('store is full');
        lines.push(...taken);
      },
    });
    await file.readNew();
    appendFileSync(path, 'one\n');
    await expect(file.readNew()).rejects.toThrow('store is full');
    isBroken = false;
    await file.readNew();
    expect(lines).toEqual(['one']);
    await file.close();
  });

  it('reads more than one chunk, and drops lines that are too long', async () => {
    writeFileSync(path, '');
    const { lines, reader: file } = reader({ longestLineBytes: 1000 });
    await file.readNew();
    const many = Array.from({ length: 5000 }, (_, index) => `line ${index} ${'x'.repeat(50)}`);
    writeFileSync(path, `${many.join('\n')}\n${'y'.repeat(200_000)}\nlast\n`);
    await file.readNew();
    expect(lines).toEqual([...many, 'last']);
    expect(file.dropped).toBe(1);
    await file.close();
  });

  it('tells what it cannot read', async () => {
    const { reader: file } = reader({ path: folder, firstFrom: 'start' });
    await expect(file.readNew()).rejects.toMatchObject({ code: 'log-unreadable', temporary: true });
  });
});

describe('followFile', () => {
  it('looks at every turn, and survives a failing taker', async () => {
    writeFileSync(path, '');
    const clock = createFakeClock();
    const log = createMemoryLog();
    let taken = Promise.withResolvers<readonly string[]>();
    let failures = 1;
    const opened = Promise.withResolvers<void>();
    const position = keep<FilePosition>();
    const source = followFile({
      path,
      clock,
      log,
      position: {
        load: async () => await position.load(),
        save: async (at) => {
          await position.save(at);
          opened.resolve();
        },
      },
      take: async (lines) => {
        taken.resolve(lines);
        if (failures-- > 0) throw new Error('store is full');
      },
    });
    await opened.promise;
    appendFileSync(path, 'one\n');
    // Real files answer when they like; the clock is moved until they have.
    const next = async (): Promise<readonly string[]> => {
      let lines: readonly string[] | undefined;
      void taken.promise.then((found) => (lines = found));
      while (lines === undefined) await clock.advance(1000);
      taken = Promise.withResolvers();
      return lines;
    };
    expect(await next()).toEqual(['one']);
    expect(await next()).toEqual(['one']);
    await source.close();
    expect(log.entries.map(({ level, event }) => `${level} ${event}`)).toEqual([
      'warn log file cannot be followed; it is tried again',
      'info log file is followed again',
    ]);
  });
});
