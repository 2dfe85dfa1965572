import { chmod, open, readFile, rename, rmdir, unlink } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { makeDirectory } from '../directories/index.ts';
import { IoError } from '../error.ts';

/** A tree of files that others read while it is written: at any moment each is the former one or the new one, whole. */
export interface StaticFiles {
  /**
   * Writes one file and the directories above it, readable by all. Does nothing where it has that content already.
   *
   * @param path relative to the tree, such as `mta-sts.example.com/.well-known/mta-sts.txt`.
   * @throws {IoError} `file-unwritable`
   */
  put(path: string, content: string): Promise<void>;
  /**
   * Removes one file, and the directories above it that are empty then. Does nothing where there is none.
   *
   * @throws {IoError} `file-unwritable`
   */
  remove(path: string): Promise<void>;
}

const READABLE_FILE = 0o644;
const READABLE_DIRECTORY = 0o755;

/** Files below one directory, which is made when the first of them is written. */
export function createStaticFiles(root: string): StaticFiles {
  const placeOf = (path: string): string => {
    const place = resolve(root, path);
    if (relative(root, place).split(sep)[0] === '..') throw new TypeError(`${path} leaves ${root}`);
    return place;
  };
  return {
    async put(path, content) {
      const place = placeOf(path);
      try {
        if ((await readOrNothing(place)) !== content) await replace(place, content);
      } catch (cause) {
        throw unwritable(place, cause);
      }
    },
    async remove(path) {
      const place = placeOf(path);
      try {
        await unlink(place);
        await removeEmpty(dirname(place), resolve(root));
      } catch (cause) {
        if (isMissing(cause)) return;
        throw unwritable(place, cause);
      }
    },
  };
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

async function readOrNothing(place: string): Promise<string | undefined> {
  try {
    return await readFile(place, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Written beside, synced, renamed: a reader and a kill see one or the other. */
async function replace(place: string, content: string): Promise<void> {
  const directory = dirname(place);
  await makeReadable(directory);
  const beside = join(directory, `.${String(process.pid)}.new`);
  const file = await open(beside, 'w', READABLE_FILE);
  try {
    await file.writeFile(content);
    await file.chmod(READABLE_FILE);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, place);
  await syncDirectory(directory);
}

/** The umask of a service is often stricter than a web server can read. */
async function makeReadable(directory: string): Promise<void> {
  for (const made of makeDirectory(directory, READABLE_DIRECTORY))
    await chmod(made, READABLE_DIRECTORY);
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeEmpty(directory: string, root: string): Promise<void> {
  for (let at = directory; at !== root; at = dirname(at)) {
    try {
      await rmdir(at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOENT') return;
      throw error;
    }
  }
}

function unwritable(place: string, cause: unknown): IoError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = code === 'EACCES' || code === 'EPERM' ? 'permission denied' : message;
  return new IoError('file-unwritable', `Cannot write ${place}: ${reason}`, {
    temporary: false,
    cause,
  });
}
