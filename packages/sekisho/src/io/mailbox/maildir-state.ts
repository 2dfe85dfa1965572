import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDirectory } from '../directories/index.ts';
import { mailboxError } from './mailbox-error.ts';

/** Which messages of a Maildir were imported already. Kept in a file of ours, as the Maildir is not changed. */
export interface MaildirState {
  has(id: string): boolean;
  add(id: string): void;
  /** Forgets those that are not in the Maildir any more. */
  keepOnly(present: ReadonlySet<string>): void;
  /** Writes what has changed; the file is whole whatever is killed. @throws {IoError} `mailbox-unwritable`. */
  save(): Promise<void>;
}

const VERSION = 1;

/**
 * Reads the state; a file that is not there, or cannot be made sense of, is an empty one: what is then imported again is
 * recognised as a duplicate.
 *
 * @throws {IoError} `mailbox-unreadable` when the file is there and cannot be read.
 */
export async function createMaildirState(path: string): Promise<MaildirState> {
  let ids = new Set(await readIds(path));
  let isChanged = false;
  let writing: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    if (!isChanged) return;
    isChanged = false;
    try {
      await writeWhole(path, `${JSON.stringify({ version: VERSION, imported: [...ids] })}\n`);
    } catch (error) {
      isChanged = true;
      throw mailboxError('write', path, error);
    }
  };
  return {
    has: (id) => ids.has(id),
    add(id) {
      ids.add(id);
      isChanged = true;
    },
    keepOnly(present) {
      const kept = new Set([...ids].filter((id) => present.has(id)));
      isChanged ||= kept.size !== ids.size;
      ids = kept;
    },
    save() {
      // One after the other, whatever became of the one before: its caller was told.
      writing = writing.then(write, write);
      return writing;
    },
  };
}

async function readIds(path: string): Promise<readonly string[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw mailboxError('read', path, error);
  }
  return parseIds(text);
}

function parseIds(text: string): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
  const { version, imported } = (value ?? {}) as { version?: unknown; imported?: unknown };
  if (version !== VERSION || !Array.isArray(imported)) return [];
  return imported.filter((id): id is string => typeof id === 'string');
}

/** A temporary name, to the disk, then the name. */
async function writeWhole(path: string, text: string): Promise<void> {
  makeDirectory(dirname(path), 0o700);
  const part = `${path}.part`;
  await rm(part, { force: true });
  const file = await open(part, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
  const directory = await open(dirname(path), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
