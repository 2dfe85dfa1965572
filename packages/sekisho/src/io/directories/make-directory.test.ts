import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeDirectory } from './make-directory.ts';

const root = mkdtempSync(join(tmpdir(), 'sekisho-directories-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('makeDirectory', () => {
  it('makes all that are missing, and says which', () => {
    const deepest = join(root, 'a/b/c');
    expect(makeDirectory(deepest, 0o700)).toEqual([join(root, 'a'), join(root, 'a/b'), deepest]);
    expect(statSync(join(root, 'a/b')).mode & 0o777).toBe(0o700);
    expect(makeDirectory(deepest, 0o755)).toEqual([]);
    expect(statSync(deepest).mode & 0o777).toBe(0o700);
  });

  it('tells of a file in the way', () => {
    writeFileSync(join(root, 'file'), '');
    expect(() => makeDirectory(join(root, 'file/below'), 0o700)).toThrow('ENOTDIR');
  });

  it('does not go round in circles where a link leads nowhere', () => {
    symlinkSync(join(root, 'nowhere'), join(root, 'link'));
    expect(makeDirectory(join(root, 'link'), 0o700)).toEqual([]);
    expect(() => makeDirectory(join(root, 'link/below'), 0o700)).toThrow('ENOENT');
  });

  it.skipIf(process.platform !== 'linux')('comes back where nothing can be made', () => {
    expect(() => makeDirectory('/proc/sekisho/below', 0o700)).toThrow('ENOENT');
  });
});
