import { expect, it } from 'vitest';
import { inLines, isSource, type ProjectFile, readProject } from './project-files.ts';

const MOST_LINES = 400;

function findLongFiles(files: readonly ProjectFile[]): string[] {
  const sized = files.map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }));
  const long = sized.filter(({ lines }) => lines > MOST_LINES);
  return long.map(({ path, lines }) => `${path}: ${lines} lines, at most ${MOST_LINES}: split it`);
}

it('no source file is longer than 400 lines', () => {
  const files = readProject((path) => isSource(path) && !path.includes('/generated/'));
  expect(files.length).toBeGreaterThan(20);
  expect(inLines(findLongFiles(files))).toBe('');
});

it('a file of 401 lines would be found', () => {
  const text = (lines: number): string => 'x\n'.repeat(lines);
  expect(findLongFiles([{ path: 'a.ts', text: text(400) }])).toEqual([]);
  expect(findLongFiles([{ path: 'a.ts', text: text(401) }])).toHaveLength(1);
});
