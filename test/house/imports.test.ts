import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inLines, isSource, readProject, root } from './project-files.ts';
import { findForbiddenImports, listImports, parseRoomTable } from './rooms.ts';

const rules = parseRoomTable(readFileSync(`${root}ARCHITECTURE.md`, 'utf8'));
const DOOR = '/** A door. */\nexport { x } from "./x.ts";\n';

/** The checker's view of a tree that is whole but for the file given. */
function judge(path: string, text: string): string[] {
  const doors = ['io/dns', 'io/https', 'discover', 'apply', 'publish'].map((unit) => ({
    path: `packages/sekisho/src/${unit}/index.ts`,
    text: DOOR,
  }));
  const rest = doors.filter((door) => door.path !== path);
  return findForbiddenImports([...rest, { path, text }], rules);
}

describe('the rooms', () => {
  it('are those of ARCHITECTURE.md', () => {
    expect([...rules.keys()]).toEqual(expect.arrayContaining(['io', 'discover', 'apply', 'app']));
    expect(rules.get('app')).toBe('all');
    expect(rules.get('discover')).toEqual(new Set(['@sekisho/spec', 'io']));
  });

  it('import only what the table allows, and only doors', () => {
    const files = readProject(isSource, 'packages');
    expect(files.length).toBeGreaterThan(20);
    expect(inLines(findForbiddenImports(files, rules))).toBe('');
  });
});

describe('koffi, which calls native code', () => {
  it('is named by io/datagrams alone (docs/decisions/0043-koffi-for-unix-datagrams.md)', () => {
    const naming = readProject(isSource, 'packages').filter(({ text }) =>
      /['"`]koffi\b/.test(text),
    );
    expect(naming.map(({ path }) => path.split('/').slice(0, -1).join('/'))).toEqual([
      'packages/sekisho/src/io/datagrams',
    ]);
  });
});

describe('the check of imports', () => {
  it.each([
    ['discover/a.ts', "import { b } from './b.ts';"],
    ['discover/a.ts', "import { parseDomain } from '@sekisho/spec';"],
    ['discover/a.ts', "import { lookup } from '../io/dns/index.ts';"],
    ['discover/a.ts', "import { IoError } from '../io/error.ts';"],
    ['discover/deep/a.ts', "import { b } from '../b.ts';"],
    ['io/https/a.ts', "import { lookup } from '../dns/index.ts';"],
    ['io/https/a.ts', "import { IoError } from '../error.ts';"],
    ['io/https/a.ts', "import { Agent } from 'node:https';"],
    ['app/cli/a.ts', "import { createPolicies } from '../../discover/index.ts';"],
    ['apply/a.ts', "/**\n * import { x } from '../app/x.ts';\n */\nimport { b } from './b.ts';"],
  ])('in %s allows %j', (path, text) => {
    expect(judge(`packages/sekisho/src/${path}`, text)).toEqual([]);
  });

  it.each([
    [
      'discover/a.ts',
      "import { decide } from '../apply/index.ts';",
      'discover may not import apply',
    ],
    ['discover/a.ts', "import { x } from '../io/dns/socket.ts';", 'go through the door'],
    ['discover/a.ts', "import type { X } from '../io/dns/socket.ts';", 'go through the door'],
    ['discover/a.ts', "export * from '../apply/index.ts';", 'discover may not import apply'],
    [
      'discover/a.ts',
      "import {\n  a,\n  b,\n} from '../apply/index.ts';",
      'discover may not import',
    ],
    ['discover/a.ts', "const x = await import('../apply/index.ts');", 'discover may not import'],
    ['discover/a.ts', "import '../apply/index.ts';", 'discover may not import apply'],
    ['discover/a.ts', "let x: import('../apply/index.ts').X;", 'discover may not import apply'],
    [
      'io/https/a.ts',
      "import { x } from '../dns/socket.ts';",
      'go through the door, io/dns/index.ts',
    ],
    ['io/https/a.ts', "import { x } from '../../discover/index.ts';", 'io may not import discover'],
    ['apply/a.ts', "import { run } from '../app/main.ts';", 'nobody imports app'],
    ['apply/a.ts', "import { x } from '../../../spec/src/x.ts';", 'leaves the rooms'],
    ['apply/a.ts', "import { x } from '@sekisho/spec/src/x.ts';", 'import @sekisho/spec'],
    ['apply/a.ts', "import { x } from 'sekisho/discover';", 'import @sekisho/spec'],
    ['app/a.ts', "import { x } from '../discover/x.ts';", 'go through the door, discover/index.ts'],
    ['lonely.ts', '', 'stands outside all rooms'],
    ['kitchen/index.ts', DOOR, '"kitchen" is not a room'],
    ['io/dns/utils.ts', '', '"utils.ts" says nothing'],
    ['apply/helpers/a.ts', '', '"helpers" says nothing'],
    ['io/loose.ts', '', 'io holds a folder for each outside system'],
    ['io/smtp/a.ts', '', 'io/smtp: has no door'],
    ['apply/index.ts', 'export { x } from "./x.ts";', 'begins with a module comment'],
    ['apply/index.ts', '/** A door. */\nexport const x = 1;', 'a door only exports'],
    ['apply/index.ts', `${DOOR}${'\n'.repeat(40)}export {y} from './y.ts';`, 'a door of 43 lines'],
  ])('in %s refuses %j', (path, text, reason) => {
    const found = judge(`packages/sekisho/src/${path}`, text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(reason);
  });

  it.each([
    "import net from 'node:net';",
    "import { x } from 'tr46';",
    "import '../../sekisho/src/x.ts';",
  ])('in spec refuses %j', (text) => expect(judge('packages/spec/src/a.ts', text)).toHaveLength(1));

  it('sees several imports of one file', () => {
    const text =
      "import a from './a.ts';\nexport type { B } from './b.ts';\nexport const c = 'd';\n";
    expect(listImports(text)).toEqual(['./a.ts', './b.ts']);
  });
});
