import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './project-files.ts';

interface Packed {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

const bin = join(root, 'node_modules/.bin');
const folders = ['packages/spec', 'packages/sekisho'];
const manifests = folders.map(
  (folder): Manifest => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')),
);
const modules = manifests.flatMap(({ name, exports }) =>
  Object.keys(exports)
    .filter((path) => path !== './package.json')
    .map((path) => name + path.slice(1)),
);

/** Runs a command on this Node and returns its output, which the failure message shows as well. */
function run(cwd: string, command: string, ...args: readonly string[]): string {
  // npm hands its own settings on in the environment: an empty folder has none.
  const kept = Object.entries(process.env).filter(
    ([key]) => !/^npm_(?!config_(registry|cache)$)/i.test(key),
  );
  const env = { ...Object.fromEntries(kept), PATH: [bin, process.env['PATH']].join(delimiter) };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}

let packs: readonly Packed[] = [];
const work = mkdtempSync(join(tmpdir(), 'sekisho-package-'));
const consumer = join(work, 'consumer');

/** A stranger's project: strict, nothing of this workspace in sight but the two archives. */
function installConsumer(): void {
  mkdirSync(consumer);
  writeFileSync(join(consumer, 'package.json'), '{ "private": true, "type": "module" }');
  const archives = packs.map(({ filename }) => join(work, filename));
  run(consumer, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', ...archives);
}

beforeAll(() => {
  run(root, 'node', 'tools/build.ts');
  const args = folders.flatMap((folder) => ['--workspace', folder]);
  packs = JSON.parse(run(root, 'npm', 'pack', '--json', '--pack-destination', work, ...args));
  installConsumer();
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('the published packages', () => {
  it('hold the build, the sources, a licence and a README, and no tests', () => {
    for (const { files } of packs) {
      const paths = files.map(({ path }) => path);
      const owing = ['LICENSE', 'README.md', 'package.json'];
      const foreign = paths.filter((path) => !/^(dist|src)\/|^[^/]+$/.test(path));
      expect(owing.filter((path) => !paths.includes(path))).toEqual([]);
      expect(foreign).toEqual([]);
      expect(paths.filter((path) => path.includes('.test.'))).toEqual([]);
    }
  });

  it.each(folders)('%s carries the licence of the workspace', (folder) => {
    expect(readFileSync(join(root, folder, 'LICENSE'), 'utf8')).toBe(
      readFileSync(join(root, 'LICENSE'), 'utf8'),
    );
  });

  it.each([0, 1])('satisfy publint (%i)', (index) => {
    expect(run(work, 'publint', 'run', '--strict', packs[index]?.filename ?? '')).toContain(
      'All good!',
    );
  });

  it.each([0, 1])('have types that resolve as the code does (%i)', (index) => {
    const manifest = manifests[index];
    const entries = Object.keys(manifest?.exports ?? {}).filter(
      (path) => path !== './package.json',
    );
    const args = ['--profile', 'esm-only', '--no-emoji', '--entrypoints', ...entries];
    const output = run(work, 'attw', packs[index]?.filename ?? '', ...args);
    expect(output).toContain('OK (ESM)'); // a problem makes it end with 1
  });
});

describe('in an empty folder', () => {
  it.each(modules)('%s can be imported', (name) => {
    const program = `process.stdout.write(String(Object.keys(await import('${name}')).length))`;
    expect(Number(run(consumer, 'node', '--input-type=module', '--eval', program))).toBeGreaterThan(
      0,
    );
  });

  it('a strict consumer compiles', () => {
    const uses = modules.map(
      (name, index) => `import * as m${index} from '${name}';\nvoid m${index};\n`,
    );
    writeFileSync(join(consumer, 'main.ts'), uses.join(''));
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noEmit: true,
      module: 'nodenext',
      target: 'es2023',
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    };
    writeFileSync(
      join(consumer, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, include: ['main.ts'] }),
    );
    expect(run(consumer, 'tsc', '-p', '.')).toBe('');
  });

  it('the command shows its help and its version', () => {
    expect(run(consumer, 'npx', '--no-install', 'sekisho', '--help')).toMatch(/Usage: sekisho/);
    const version = run(consumer, 'npx', '--no-install', 'sekisho', '--version');
    expect(version.trim()).toContain(manifests[1]?.version);
  });
});
