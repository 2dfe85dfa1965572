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
import { installedPostfixVersion, isPostfixSince, type PostfixPrograms } from './postfix.ts';
import { run, tryRun } from './run.ts';
import { findMirrors } from './debian-mirrors.ts';

/** A Debian whose Postfix is wanted. */
export interface DebianRelease {
  readonly suite: string;
  readonly packages: readonly string[];
  /** Where its root is, kept from run to run: making it takes a minute or two and 270 MB. */
  readonly root: string;
}

export const DEBIAN_12: DebianRelease = {
  suite: 'bookworm',
  packages: ['postfix'],
  root: '/var/tmp/sekisho-test-debian-12-postfix',
};

/** The first one whose Postfix tells of its TLS sessions. */
export const DEBIAN_13: DebianRelease = {
  suite: 'trixie',
  packages: ['postfix', 'libtlsrpt0'],
  root: '/var/tmp/sekisho-test-debian-13-postfix',
};

/** The one whose Postfix is not of this machine's time: Debian 13 where its own is older than 3.10, else Debian 12. */
export function chooseOtherDebian(): DebianRelease {
  return isPostfixSince(installedPostfixVersion(), 3, 10) ? DEBIAN_12 : DEBIAN_13;
}

/** Says what lies there; written last. */
const MARKER = 'sekisho-test-root';

const contentsOf = ({ suite, packages }: DebianRelease): string =>
  `${suite} ${packages.join(' ')}\n`;

/** Whether the root is there, whole, from an earlier run. */
export function hasDebianRoot(release: DebianRelease): boolean {
  const marker = join(release.root, MARKER);
  return existsSync(marker) && readFileSync(marker, 'utf8') === contentsOf(release);
}

/** Its Postfix, in a root that is made if it is not there yet; undefined when its packages cannot be had. */
export function provideDebianRoot(release: DebianRelease): PostfixPrograms | undefined {
  if (!hasDebianRoot(release) && !makeRoot(release)) return undefined;
  const { root } = release;
  mkdirSync(join(root, tmpdir()), { recursive: true });
  return {
    version: run(['chroot', root, 'postconf', '-hd', 'mail_version']).trim(),
    within: (command) => ['sh', '-c', ENTER, 'sh', root, tmpdir(), ...command],
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
function makeRoot(release: DebianRelease): boolean {
  const { suite, root } = release;
  removeUnfinished(root);
  const unfinished = `${root}.${process.pid}`;
  console.warn(`Making a root with the Postfix of Debian ${suite}, once: ${root}`);
  if (!findMirrors().some((mirror) => bootstrap(release, unfinished, mirror))) {
    rmSync(unfinished, { recursive: true, force: true });
    return false;
  }
  writeFileSync(join(unfinished, MARKER), contentsOf(release));
  rmSync(root, { recursive: true, force: true });
  renameSync(unfinished, root);
  return true;
}

/** With mounts of its own, so that none is left behind in a root that is removed. */
function bootstrap(release: DebianRelease, folder: string, mirror: string): boolean {
  const { suite, packages } = release;
  rmSync(folder, { recursive: true, force: true });
  const include = `--include=${packages.join(',')}`;
  const debootstrap = ['debootstrap', '--variant=minbase', include, suite, folder, mirror];
  const { status, stdout, stderr } = tryRun(['unshare', '--mount', ...debootstrap]);
  if (status !== 0) console.warn(`${debootstrap.join(' ')}:\n${(stdout + stderr).slice(-2000)}`);
  return status === 0;
}

/** Of runs that were killed. */
function removeUnfinished(root: string): void {
  for (const name of readdirSync(dirname(root))) {
    const pid = name.startsWith(`${basename(root)}.`) ? name.slice(basename(root).length + 1) : '';
    if (/^\d+$/.test(pid) && !existsSync(`/proc/${pid}`)) {
      rmSync(join(dirname(root), name), { recursive: true, force: true });
    }
  }
}
