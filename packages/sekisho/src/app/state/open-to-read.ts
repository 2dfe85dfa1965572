import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readFileSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { IoError } from '../../io/error.ts';
import type { RolePlace } from './role-place.ts';

/** Where a store lies that can be read. */
export interface FoundStore {
  readonly directory: string;
  /** Tells the file from one that took its place. */
  readonly stamp: string;
  /** It waits for the service to take it over: to be let go of soon. */
  readonly isFormer: boolean;
}

/**
 * Looks for the store of a role, in its directory and in the one that roles shared before; undefined where there is none.
 *
 * @throws {IoError} `store-unreadable` where that cannot be told, or where the file may not be read.
 */
export function findStore({ directory, former, storeName }: RolePlace): FoundStore | undefined {
  // The directory again: the service may have taken the store over between the first look and the second.
  const places = former === undefined ? [directory] : [directory, former, directory];
  for (const place of places) {
    const found = look(join(place, storeName));
    if (found === undefined) continue;
    const { dev, ino } = found;
    return { directory: place, stamp: `${dev} ${ino}`, isFormer: place !== directory };
  }
  return undefined;
}

/**
 * Opens the store of a role for reading only, with or without a running service; undefined where there is none, which is
 * never said of one that cannot be read.
 *
 * @param open opens the store of a directory.
 * @throws {IoError} `store-unreadable`, which names the user who may read it; or what `open` throws.
 */
export async function openToRead<Store>(
  place: RolePlace,
  open: (directory: string) => Promise<Store>,
): Promise<Store | undefined> {
  const found = findStore(place);
  if (found === undefined) return undefined;
  try {
    return await openFound(place, found, open);
  } catch (error) {
    // Taken over just now.
    const again = isMissing(error) ? findStore(place) : undefined;
    if (again === undefined) throw error;
    return openFound(place, again, open);
  }
}

/** The same for a store that was found. @throws {IoError} as `openToRead`. */
export async function openFound<Store>(
  { storeName }: RolePlace,
  { directory }: FoundStore,
  open: (directory: string) => Promise<Store>,
): Promise<Store> {
  try {
    return await open(directory);
  } catch (error) {
    // What SQLite needs beside the file may not be readable either.
    if (error instanceof IoError && error.code === 'store-unwritable')
      throw unreadable(join(directory, storeName), error);
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof IoError && error.code === 'store-missing';
}

function look(file: string): Stats | undefined {
  try {
    const stats = statSync(file);
    accessSync(file, constants.R_OK);
    return stats;
  } catch (error) {
    const isAbsent =
      (error as NodeJS.ErrnoException).code === 'ENOENT' &&
      lstatSync(file, { throwIfNoEntry: false }) === undefined;
    if (isAbsent) return undefined;
    throw unreadable(file, error);
  }
}

function unreadable(file: string, cause: unknown): IoError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const [reason, remedy] =
    code === 'ENOTDIR'
      ? [message, 'what should be its directory is none']
      : code === 'ENOENT'
        ? [
            'it is a link to a file that is not there',
            'bring that file back, or take the link away',
          ]
        : [code === 'EACCES' ? 'permission denied' : message, whoMayRead(file)];
  return new IoError('store-unreadable', `Cannot read "${file}": ${reason}; ${remedy}`, {
    temporary: false,
    cause,
  });
}

/** The owner of the file, or of the innermost directory around it that can be looked at. */
function whoMayRead(file: string): string {
  for (let path = file; ; path = dirname(path)) {
    const uid = ownerOf(path);
    if (uid === undefined) continue;
    if (uid === 0) return 'run as root';
    const what = path === file ? 'the file' : `"${path}"`;
    return `run as the user ${nameOf(uid)}, who owns ${what}, or as root`;
  }
}

/** Undefined where it may not be looked at; the root directory always may. */
function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}

const USERS_FILE = '/etc/passwd';

/** Users that exist only while a service runs are not in the file. */
function nameOf(uid: number): string {
  const text = existsSync(USERS_FILE) ? readFileSync(USERS_FILE, 'utf8') : '';
  const users = text.split('\n').map((line) => line.split(':'));
  const name = users.find(([, , id]) => id === String(uid))?.[0];
  return name === undefined ? `with the id ${String(uid)}` : `"${name}"`;
}
