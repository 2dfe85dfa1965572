import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { PostfixPrograms } from '../../world/postfix.ts';
import { run, tryRun } from '../../world/run.ts';
import { findMirrors } from './debian-mirrors.ts';

/** The first Debian whose Postfix tells of its TLS sessions. */
const SUITE = 'trixie';
const PACKAGES = ['postfix', 'libtlsrpt0'];
/** Kept from run to run: making it takes a minute or two and 270 MB. */
const ROOT = '/var/tmp/sekisho-test-debian-13-postfix';
/** Says what lies there; written last. */
const MARKER = 'sekisho-test-root';
const CONTENTS = `${SUITE} ${PACKAGES.join(' ')}\n`;

/** Whether the root is there, whole, from an earlier run. */
export function hasDebianRoot(): boolean {
  const marker = join(ROOT, MARKER);
  return existsSync(marker) && readFileSync(marker, 'utf8') === CONTENTS;
}

/** Debian 13's Postfix, in a root that is made if it is not there yet; undefined when its packages cannot be had. */
export function provideDebianRoot(): PostfixPrograms | undefined {
  if (!hasDebianRoot() && !makeRoot()) return undefined;
  mkdirSync(join(ROOT, tmpdir()), { recursive: true });
  return {
    version: run(['chroot', ROOT, 'postconf', '-hd', 'mail_version']).trim(),
    within: (command) => ['sh', '-c', ENTER, 'sh', ROOT, tmpdir(), ...command],
  };
}

/**
 * A command in a namespace has mounts of its own, which end with it and which nothing else sees. There the root gets
 * the world's files, the machine's devices, and the resolver of the namespace.
 */
const ENTER = `set -e
root=$1 files=$2
shift 2
mount --bind "$files" "$root$files"
mount --bind /dev "$root/dev"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
exec chroot "$root" "$@"`;

/** Made beside its place and renamed when it is complete: an interrupted one is never used. */
function makeRoot(): boolean {
  removeUnfinished();
  const unfinished = `${ROOT}.${process.pid}`;
  console.warn(`Making a root with the Postfix of Debian ${SUITE}, once: ${ROOT}`);
  if (!findMirrors().some((mirror) => bootstrap(unfinished, mirror))) {
    rmSync(unfinished, { recursive: true, force: true });
    return false;
  }
  writeFileSync(join(unfinished, MARKER), CONTENTS);
  rmSync(ROOT, { recursive: true, force: true });
  renameSync(unfinished, ROOT);
  return true;
}

/** With mounts of its own, so that none is left behind in a root that is removed. */
function bootstrap(folder: string, mirror: string): boolean {
  rmSync(folder, { recursive: true, force: true });
  const include = `--include=${PACKAGES.join(',')}`;
  const debootstrap = ['debootstrap', '--variant=minbase', include, SUITE, folder, mirror];
  const { status, stdout, stderr } = tryRun(['unshare', '--mount', ...debootstrap]);
  if (status !== 0) console.warn(`${debootstrap.join(' ')}:\n${(stdout + stderr).slice(-2000)}`);
  return status === 0;
}

/** Of runs that were killed. */
function removeUnfinished(): void {
  for (const name of readdirSync(dirname(ROOT))) {
    const pid = name.startsWith(`${basename(ROOT)}.`) ? name.slice(basename(ROOT).length + 1) : '';
    if (/^\d+$/.test(pid) && !existsSync(`/proc/${pid}`)) {
      rmSync(join(dirname(ROOT), name), { recursive: true, force: true });
    }
  }
}
