import {
  chmodSync,
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { IoError } from '../../io/error.ts';
import { settleSqliteFile } from '../../io/sqlite/index.ts';
import { type Role, type RolePlace, lockFileOf } from './role-place.ts';

/** What became of files at the place where all roles kept them together. */
export interface TakenOver {
  /** Names of those that are in the role's directory now. */
  readonly moved: readonly string[];
  /** Names of those that stay, because the directory has its own. */
  readonly left: readonly string[];
}

/** The files of each role in the shared directory, without the store (to which `-wal` and `-shm` belong) and sockets. */
const FORMER_FILES: Readonly<Record<Role, RegExp>> = {
  sender: /^$/,
  publisher: /^(?:certificates|acme)$/,
  reporter: /^report(?:-log\.json|-journal\.json|\.running)(?:\.part)?$/,
  intake: /^(?:imap-[0-9a-f]{16}|maildir)\.json(?:\.part)?$/,
};

export type MoveFile = (from: string, to: string) => void;

/** Also a link that leads nowhere: its file may be on a disk that is not mounted. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** By a rename; a link that leads on from where it is becomes one that leads to the same place from everywhere. */
function moveEntry(from: string, to: string): void {
  if (lstatSync(from).isSymbolicLink() && !isAbsolute(readlinkSync(from))) {
    const made = `${from}.part`;
    rmSync(made, { force: true });
    symlinkSync(resolve(dirname(from), readlinkSync(from)), made);
    renameSync(made, from);
  }
  renameSync(from, to);
}

/** Whether a command that writes would write beside what is to be taken over. */
export function isToBeTakenOver({ former, directory, storeName }: RolePlace): boolean {
  if (former === undefined || isThere(join(directory, storeName))) return false;
  return isThere(join(former, storeName));
}

/**
 * Moves what a version without directories of roles left in the shared one, under the lock of the role. Each step is a
 * rename or does nothing when it is done again, and the store comes last: after a kill, the next start goes on. A file
 * that the role's directory has already is never replaced.
 *
 * @param move for tests.
 * @throws {IoError} `store-in-use` while a process has the former store open; `state-elsewhere`; `move-failed`.
 */
export function takeOver(place: RolePlace, move: MoveFile = moveEntry): TakenOver {
  const { former, directory, role, storeName } = place;
  const names = former === undefined ? [] : listFormer(place, former);
  if (former === undefined || names.length === 0) return { moved: [], left: [] };
  const moved = names.filter((name) => !isThere(join(directory, name)));
  if (moved.length > 0) {
    demandNoSetting(place, former);
    // First: while somebody works there, nothing is touched.
    if (moved.includes(storeName)) settleSqliteFile(join(former, storeName), `${role} store`);
    asMoveError(place, () => {
      for (const name of moved.filter((each) => each !== storeName))
        move(join(former, name), join(directory, name));
      if (moved.includes(storeName)) {
        replaceSockets(place, former);
        syncDirectory(directory);
        move(join(former, storeName), join(directory, storeName));
      }
      for (const each of [directory, former]) syncDirectory(each);
    });
  }
  return { moved, left: names.filter((name) => !moved.includes(name)) };
}

/** The store last. */
function listFormer({ role, storeName }: RolePlace, former: string): readonly string[] {
  if (!isThere(former)) return [];
  const present = readdirSync(former);
  const files = present.filter((name) => FORMER_FILES[role].test(name)).toSorted();
  return present.includes(storeName) ? [...files, storeName] : files;
}

/** A lock there means that a setting named that directory, and that other processes may still be told so. */
function demandNoSetting({ role, directory }: RolePlace, former: string): void {
  if (!isThere(lockFileOf({ role, directory: former }))) return;
  const message = `Cannot use "${directory}": a setting said until now that the files of the ${role} are in "${former}"; say it again, or move them`;
  throw new IoError('state-elsewhere', message, { temporary: false });
}

/** Nobody serves them any more; from where mail servers may be told to look, a link leads on. */
function replaceSockets({ directory, formerSockets }: RolePlace, former: string): void {
  for (const { name, isLinked } of formerSockets) {
    const path = join(former, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found !== undefined && !found.isSocket()) continue;
    rmSync(path, { force: true });
    if (!isLinked) continue;
    // Whoever could pass through the one directory must get through the other.
    chmodSync(directory, 0o700 | (statSync(former).mode & 0o011));
    symlinkSync(relative(former, join(directory, name)), path);
  }
}

function asMoveError({ former = '', directory }: RolePlace, run: () => void): void {
  try {
    run();
  } catch (cause) {
    const { message } = cause as Error;
    const what = `Cannot move files from "${former}" to "${directory}": ${message}`;
    throw new IoError('move-failed', what, { temporary: false, cause });
  }
}

/** Once this returns, a power cut does not undo a rename. */
function syncDirectory(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
