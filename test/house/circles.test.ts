import { describe, expect, it } from 'vitest';
import { findCircles, formatCircle } from './circles.ts';
import { inLines, isSource, type ProjectFile, readProject } from './project-files.ts';

const SOURCES = /^(?:packages\/[^/]+\/src|bench|tools|test)\//;
const PACKAGES = new Map([['@sekisho/spec', 'packages/spec/src/index.ts']]);

describe('files and folders of the project', () => {
  it('import one another in no circle, types counted', () => {
    const files = readProject((path) => isSource(path) && SOURCES.test(path));
    expect(files.length).toBeGreaterThan(100);
    const circles = findCircles(files, PACKAGES);
    expect(inLines(circles.map(formatCircle))).toBe('');
  });
});

/** A tree of files, each with the names of what it imports. */
function tree(imports: Readonly<Record<string, readonly string[]>>): ProjectFile[] {
  return Object.entries(imports).map(([path, names]) => ({
    path,
    text: names.map((name) => `import { x } from '${name}';\n`).join(''),
  }));
}

function show(imports: Readonly<Record<string, readonly string[]>>): string[] {
  return findCircles(tree(imports), new Map([['the-package', 'p/index.ts']])).map(formatCircle);
}

describe('the check of circles', () => {
  it.each([
    ['a line of files', { 'a.ts': ['./b.ts'], 'b.ts': ['./c.ts'], 'c.ts': [] }],
    [
      'two ways to one file',
      { 'a.ts': ['./b.ts', './c.ts'], 'b.ts': ['./d.ts'], 'c.ts': ['./d.ts'], 'd.ts': [] },
    ],
    [
      'a folder that is only imported',
      { 'a.ts': ['./f/x.ts'], 'f/x.ts': ['./y.ts'], 'f/y.ts': [] },
    ],
    ['what lies outside the tree', { 'a.ts': ['./missing.ts', 'node:fs', 'somewhere'] }],
  ])('takes %s', (_, imports) => expect(show(imports)).toEqual([]));

  it('finds two files of a folder', () => {
    expect(show({ 'f/a.ts': ['./b.ts'], 'f/b.ts': ['./a.ts'] })).toEqual([
      'circle of 2 in f: f/a.ts, f/b.ts\n  f/a.ts imports f/b.ts\n  f/b.ts imports f/a.ts',
    ]);
  });

  it('finds two folders whose files are in no circle, and names the files', () => {
    const imports = {
      'f/a.ts': ['../g/a.ts'],
      'g/a.ts': [],
      'g/deep/b.ts': ['../../f/c.ts'],
      'f/c.ts': [],
    };
    expect(show(imports)).toEqual([
      'circle of 2 in the workspace: f, g\n  f/a.ts imports g/a.ts\n  g/deep/b.ts imports f/c.ts',
    ]);
  });

  it('finds a file and a folder beside it', () => {
    const imports = { 'a.ts': ['./f/x.ts'], 'f/x.ts': ['../a.ts'] };
    expect(show(imports)).toEqual([
      'circle of 2 in the workspace: a.ts, f\n  a.ts imports f/x.ts\n  f/x.ts imports a.ts',
    ]);
  });

  it('names the shortest way through many members', () => {
    const imports = {
      'a.ts': ['./b.ts'],
      'b.ts': ['./c.ts'],
      'c.ts': ['./d.ts', './a.ts'],
      'd.ts': ['./c.ts'],
    };
    expect(show(imports)).toEqual([
      'circle of 4 in the workspace: a.ts, b.ts, c.ts, d.ts\n  c.ts imports d.ts\n  d.ts imports c.ts',
    ]);
  });

  it('tells circles apart that have nothing in common', () => {
    const imports = {
      'a.ts': ['./b.ts'],
      'b.ts': ['./a.ts', './c.ts'],
      'c.ts': ['./d.ts'],
      'd.ts': ['./c.ts'],
    };
    expect(show(imports)).toHaveLength(2);
  });

  it('follows types, re-exports, dynamic imports and names of packages', () => {
    const files = [
      { path: 'p/index.ts', text: "export type { X } from '../q/a.ts';\n" },
      { path: 'q/a.ts', text: "import type { Y } from './b.ts';\n" },
      { path: 'q/b.ts', text: "export const load = () => import('the-package');\n" },
    ];
    const found = findCircles(files, new Map([['the-package', 'p/index.ts']]));
    expect(found.map(({ members }) => members)).toEqual([['p', 'q']]);
  });
});
