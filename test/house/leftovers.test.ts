import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inLines, type ProjectFile, readProject, root } from './project-files.ts';

const SELF = 'test/house/leftovers.test.ts';
const LEFTOVERS: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w.])\/(?:home|Users|work)\/[a-z]/, 'a path of one machine'],
  [/\b(?:TODO|FIXME|XXX)\b/, 'work put off: do it, or file an issue'],
];

function findLeftovers({ path, text }: ProjectFile): string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      LEFTOVERS.filter(([form]) => form.test(line)).map(
        ([, what]) => `${path}:${index + 1}: ${what}`,
      ),
    );
}

function readDependencies(folder: string): string[] {
  const text = readFileSync(join(root, folder, 'package.json'), 'utf8');
  const manifest: { readonly dependencies?: Readonly<Record<string, string>> } = JSON.parse(text);
  return Object.keys(manifest.dependencies ?? {});
}

describe('what must not be left in the tree', () => {
  it('is not', () => {
    const isText = (path: string): boolean =>
      !path.startsWith('test/vectors/') && path !== 'package-lock.json' && path !== SELF;
    expect(inLines(readProject(isText).flatMap(findLeftovers))).toBe('');
  });

  it.each(['see /home/me/x', '// TODO: later'])('would be found: %s', (text) => {
    expect(findLeftovers({ path: 'a.ts', text })).toHaveLength(1);
  });
});

describe('decision records', () => {
  const records = readProject((path) => /\/\d{4}-[a-z0-9-]+\.md$/.test(path), 'docs/decisions');
  const index = readFileSync(join(root, 'docs/decisions/README.md'), 'utf8');

  it('are all listed in docs/decisions/README.md, each under its own number', () => {
    const names = records.map(({ path }) => path.slice('docs/decisions/'.length));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !index.includes(`(${name})`))).toEqual([]);
    const linked = [...index.matchAll(/\((\d{4}-[^)]+\.md)\)/g)].map(([, name]) => name);
    expect(linked.filter((name) => name !== undefined && !names.includes(name))).toEqual([]);
    expect(new Set(names.map((name) => name.slice(0, 4))).size).toBe(names.length);
  });

  it('exist for every library that the program depends on', () => {
    const libraries = readDependencies('packages/sekisho').filter(
      (name) => name !== '@sekisho/spec',
    );
    const undecided = libraries.filter(
      (name) => !records.some(({ text }) => text.includes(`\`${name}\``)),
    );
    expect(undecided).toEqual([]);
  });

  it('are not needed for @sekisho/spec: it depends on nothing', () => {
    expect(readDependencies('packages/spec')).toEqual([]);
  });
});
