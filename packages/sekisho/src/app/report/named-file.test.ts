import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readNamedFile, readTokens } from './named-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'sekisho-named-'));
const file = join(directory, 'tokens');
afterAll(() => rmSync(directory, { recursive: true }));

describe('readTokens', () => {
  it.each([
    ['0123456789abcdef\n', ['0123456789abcdef']],
    ['# one\n\n  0123456789abcdef \r\nfedcba9876543210', ['0123456789abcdef', 'fedcba9876543210']],
  ])('%j', (text, tokens) => {
    writeFileSync(file, text);
    expect(readTokens('t', file)).toEqual(tokens);
  });

  it.each([
    ['', 'the file holds no token'],
    ['# nothing\n', 'the file holds no token'],
    ['short\n', 'fewer than 16 characters'],
    ['0123456789 abcdef0\n', 'a space in it'],
  ])('refuses %j', (text, problem) => {
    writeFileSync(file, text);
    expect(() => readTokens('t', file)).toThrow(problem);
  });
});

describe('readNamedFile', () => {
  it('names the setting of a file that is not there', () => {
    expect(() => readNamedFile('report.dkim.keyFile', join(directory, 'none'))).toThrow(
      /report\.dkim\.keyFile.*cannot be read/su,
    );
  });
});
