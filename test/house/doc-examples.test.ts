import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as spec from '@sekisho/spec';
import { beforeAll, describe, expect, it } from 'vitest';
import { type DocExample, listDocExamples, listReadmeExamples } from './doc-examples.ts';
import { isSource, readProject, root } from './project-files.ts';

/** Inside the workspace, so that `@sekisho/spec` resolves; outside node_modules, where Node runs no TypeScript. */
const folder = join(root, '.cache/doc-examples');
const examples = [
  ...readProject(isSource, 'packages/spec/src').flatMap(listDocExamples),
  ...readProject((path) => /(^|\/)README(\.\w+)?\.md$/.test(path)).flatMap(listReadmeExamples),
];
const fileOf = (index: number): string => `${index}.ts`;

function writeExamples(): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [index, { code }] of examples.entries()) {
    const given = code.includes('import assert ')
      ? ''
      : "import assert from 'node:assert/strict';\n";
    const text = `${given}${code}\nvoid assert;\nexport {};\n`;
    writeFileSync(join(folder, fileOf(index)), text);
  }
}

/** What each example throws, by its number; one process runs them all. */
function runExamples(): Record<string, string> {
  const program = `
    const failures = {};
    for (let index = 0; index < ${examples.length}; index += 1)
      await import(${JSON.stringify(folder)} + '/' + index + '.ts').catch((error) => { failures[index] = String(error); });
    process.stdout.write('\\n' + JSON.stringify(failures));`;
  const args = ['--conditions=sekisho-source', '--input-type=module', '--eval', program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const last = stdout.split('\n').at(-1) ?? '';
  if (last === '') throw new Error(stderr);
  const failures: Record<string, string> = JSON.parse(last);
  return failures;
}

function checkTypes(): string {
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions: { noUnusedLocals: false, types: ['node'] },
    include: ['*.ts'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  return spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' }).stdout;
}

describe('the examples in the documentation of @sekisho/spec', () => {
  let failures: Record<string, string> = {};
  beforeAll(() => {
    writeExamples();
    failures = runExamples();
  });

  it.each(examples.map(({ name, at }, index) => ({ name, at, index })))(
    '$name ($at) holds',
    ({ index }) => expect(failures[index]).toBeUndefined(),
  );

  it('compile', () => {
    const named = checkTypes().replaceAll(
      /^.*?(\d+)\.ts/gm,
      (_, index) => examples[Number(index)]?.at ?? '',
    );
    expect(named).toBe('');
  });

  it('assert something', () => {
    const idle = examples.filter(({ code }) => !/\bassert\b/.test(code));
    expect(idle.map(({ at }) => at)).toEqual([]);
  });

  it('exist for every exported function', () => {
    const documented = new Set(examples.map(({ name }) => name));
    const functions = Object.entries(spec).filter(([, value]) => typeof value === 'function');
    const without = functions.map(([name]) => name).filter((name) => !documented.has(name));
    expect(functions.length).toBeGreaterThan(0);
    expect(without).toEqual([]);
  });
});

describe('the reader of examples', () => {
  const text = [
    '/** No example. */',
    'export function a() {}',
    '/**',
    ' * Doubles.',
    ' *',
    ' * @example',
    ' * ```ts',
    ' * assert.equal(b(1), 2);',
    ' *',
    ' * // more',
    ' * ```',
    ' */',
    'export function b() {}',
  ].join('\n');

  it('finds the block, its place and the name it belongs to', () => {
    const wanted: DocExample = {
      name: 'b',
      at: 'a.ts:8',
      code: 'assert.equal(b(1), 2);\n\n// more\n',
    };
    expect(listDocExamples({ path: 'a.ts', text })).toEqual([wanted]);
  });
});
