import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeLocks } from './create-fake-locks.ts';
import type { TakeLock } from './lock.ts';
import { takeFileLock } from './take-file-lock.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sekisho-lock-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe.each<[string, () => TakeLock]>([
  ['a file', () => takeFileLock],
  ['the fake', () => createFakeLocks(process.pid)],
])('a lock: %s', (_name, create) => {
  it('has one holder at a time, who can be named', () => {
    const take = create();
    const path = join(directory, 'lock');
    const first = take(path);
    expect(first.kind).toBe('taken');
    expect(take(path)).toEqual({ kind: 'held', pid: process.pid });
    if (first.kind === 'taken') first.release();
    const second = take(path);
    expect(second.kind).toBe('taken');
    // Only the one that has it gives it back.
    if (first.kind === 'taken') first.release();
    expect(take(path).kind).toBe('held');
    if (second.kind === 'taken') second.release();
  });

  it('is another one by another name', () => {
    const take = create();
    const locks = ['a', 'b'].map((name) => take(join(directory, name)));
    expect(locks.map(({ kind }) => kind)).toEqual(['taken', 'taken']);
    for (const lock of locks) if (lock.kind === 'taken') lock.release();
  });
});

/** Takes the lock, says so, and keeps it. */
async function startHolder(path: string) {
  const url = new URL('./take-file-lock.ts', import.meta.url);
  const script = `
    import { takeFileLock } from ${JSON.stringify(url.href)};
    globalThis.lock = takeFileLock(${JSON.stringify(path)});
    process.stdout.write(globalThis.lock.kind);
    setInterval(() => globalThis.gc?.(), 10);`;
  const args = ['--expose-gc', '--input-type=module', '--eval', script];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(said.toString()).toBe('taken');
  return child;
}

describe('takeFileLock', { timeout: 30_000 }, () => {
  it('ends with its process, however that ends', async () => {
    const path = join(directory, 'lock');
    for (let life = 0; life < 3; life += 1) {
      const holder = await startHolder(path);
      expect(takeFileLock(path)).toEqual({ kind: 'held', pid: holder.pid });
      const ended = once(holder, 'exit');
      holder.kill('SIGKILL');
      await ended;
    }
    const lock = takeFileLock(path);
    expect(lock.kind).toBe('taken');
    if (lock.kind === 'taken') lock.release();
  });

  it('is a file for the owner of its directory only', () => {
    if (process.geteuid?.() === 0) chownSync(directory, 65_534, 65_534);
    const lock = takeFileLock(join(directory, 'lock'));
    const { mode, uid } = statSync(join(directory, 'lock'));
    expect({ mode: mode & 0o777, uid }).toEqual({ mode: 0o600, uid: statSync(directory).uid });
    if (lock.kind === 'taken') lock.release();
  });

  it.each<[string, () => void, string]>([
    [
      'is no lock',
      () => writeFileSync(join(directory, 'lock'), 'a text'.repeat(99)),
      'store-corrupt',
    ],
    [
      'is in a directory that is not there',
      () => rmSync(directory, { recursive: true }),
      'store-unwritable',
    ],
  ])('says so of a file that %s', (_why, spoil, code) => {
    spoil();
    const path = join(directory, 'lock');
    expect(() => takeFileLock(path)).toThrow(
      expect.objectContaining({ code: code, message: expect.stringContaining(`lock "${path}"`) }),
    );
    rmSync(directory, { recursive: true, force: true });
    directory = mkdtempSync(join(tmpdir(), 'sekisho-lock-'));
  });
});
