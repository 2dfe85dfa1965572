import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, it } from 'vitest';
import { inLines, type ProjectFile, readProject, root } from './project-files.ts';

/** Relative links of a document that lead nowhere; addresses and anchors are not followed. */
function findDeadLinks({ path, text }: ProjectFile, exists: (path: string) => boolean): string[] {
  const prose = text.replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '');
  const targets = [...prose.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)].map(
    ([, target = '']) => target,
  );
  const files = targets.filter((target) => !/^[a-z]+:/.test(target));
  const dead = files.filter((target) => !exists(posix.join(posix.dirname(path), target)));
  return dead.map((target) => `${path}: ${target}`);
}

it('links between documents lead somewhere', () => {
  const documents = readProject((path) => path.endsWith('.md'));
  const exists = (path: string): boolean => existsSync(root + path);
  expect(inLines(documents.flatMap((document) => findDeadLinks(document, exists)))).toBe('');
});

it('a link that leads nowhere would be found', () => {
  const text = '[a](here.md#part) [b](../gone.md) [c](https://example.com/) `[d](code.md)`';
  const exists = (path: string): boolean => path === 'docs/here.md';
  expect(findDeadLinks({ path: 'docs/x.md', text }, exists)).toEqual(['docs/x.md: ../gone.md']);
});
