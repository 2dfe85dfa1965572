/**
 * Builds packages/spec, then packages/sekisho, from src into dist; a package whose inputs have not changed
 * is left alone. `--force` builds anyway.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Package {
  readonly folder: string;
  /** A file that is there when a build is whole. */
  readonly entry: string;
  /** What else the output depends on, besides the package itself. */
  readonly uses: readonly string[];
}

const root = fileURLToPath(new URL('..', import.meta.url));
const stampFolder = join(root, 'node_modules/.cache/sekisho');
const settings = ['tsconfig.base.json', 'package-lock.json', 'tools/build.ts'];
const packages: readonly Package[] = [
  { folder: 'packages/spec', entry: 'dist/index.js', uses: settings },
  {
    folder: 'packages/sekisho',
    entry: 'dist/app/main.js',
    uses: [...settings, 'packages/spec/package.json', 'packages/spec/src/**/*.ts'],
  },
];

function listFiles(patterns: readonly string[]): string[] {
  const found = globSync([...patterns], {
    cwd: root,
    exclude: (name) => name.endsWith('.test.ts'),
  });
  return found.filter((file) => !file.endsWith('/')).sort();
}

function hashInputs({ folder, uses }: Package): string {
  const hash = createHash('sha256').update(process.version);
  const own = ['package.json', 'tsconfig*.json', 'src/**/*.*'].map((each) => `${folder}/${each}`);
  for (const file of listFiles([...uses, ...own])) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

function compile({ folder }: Package): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const args = [tsc, '-p', join(root, folder, 'tsconfig.build.json')];
  if (spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status !== 0) {
    process.stderr.write(`${folder} does not compile; its last build stays as it was.\n`);
    process.exit(1);
  }
}

/** Takes away what an earlier build left of sources that are gone. */
function removeStale(folder: string): void {
  for (const file of globSync('**/*.{js,d.ts,js.map,d.ts.map}', {
    cwd: join(root, folder, 'dist'),
  })) {
    const source = file.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts');
    if (!existsSync(join(root, folder, 'src', source))) rmSync(join(root, folder, 'dist', file));
  }
}

/** Files that are not TypeScript are read at run time from beside the code. */
function copyOthers(folder: string): void {
  for (const file of globSync('src/**/*.*', { cwd: join(root, folder) })) {
    if (file.endsWith('.ts')) continue;
    cpSync(join(root, folder, file), join(root, folder, file.replace(/^src/, 'dist')));
  }
}

function makeExecutable(file: string): void {
  if (!readFileSync(file, 'utf8').startsWith('#!/usr/bin/env node\n')) {
    throw new Error(`${file} must begin with "#!/usr/bin/env node": npm links it as a command`);
  }
  chmodSync(file, 0o755);
}

function build(each: Package): void {
  const stamp = join(stampFolder, `${each.folder.replace('/', '-')}.sha256`);
  const entry = join(root, each.folder, each.entry);
  const hash = hashInputs(each);
  const unchanged = existsSync(entry) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
  if (unchanged && !process.argv.includes('--force')) return;
  rmSync(stamp, { force: true });
  process.stderr.write(`Building ${each.folder}.\n`);
  compile(each);
  removeStale(each.folder);
  copyOthers(each.folder);
  if (each.entry.endsWith('main.js')) makeExecutable(entry);
  mkdirSync(stampFolder, { recursive: true });
  writeFileSync(stamp, hash);
}

for (const each of packages) build(each);
