import type { Dirent } from 'node:fs';
import { open, opendir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../directories/index.ts';
import { mailboxError, type MailboxItem, readWholeFile } from './mailbox-item.ts';

/** Where a message of a Maildir lies. */
export interface MaildirMessage {
  /** Its unique name, which stays the same when it is moved or marked. */
  readonly id: string;
  readonly folder: 'new' | 'cur';
  /** Its file's name, with the flags. */
  readonly name: string;
}

/**
 * Reads a Maildir, `new` before `cur`, in the order of the directory. Nothing is changed. Messages whose unique name is
 * `known` are passed over unread; those that vanish meanwhile as well. The set is asked again for each message.
 *
 * @throws {IoError} `mailbox-unreadable` when a directory cannot be read.
 */
export async function* readMaildir(
  path: string,
  largestBytes: number,
  known: (id: string) => boolean,
): AsyncGenerator<MailboxItem<MaildirMessage>> {
  for (const folder of ['new', 'cur'] as const) {
    for await (const name of listNames(join(path, folder))) {
      const message: MaildirMessage = { id: toId(name), folder, name };
      if (known(message.id)) continue;
      const found = await readWholeFile(join(path, folder, name), largestBytes, 'refuse');
      if (found.kind === 'read') yield { kind: 'message', bytes: found.bytes, ...message };
      else if (found.kind !== 'gone') yield { ...found, ...message };
    }
  }
}

/** The part before the flags. */
function toId(name: string): string {
  return name.split(':', 1)[0] ?? name;
}

/** Names of what may be a message: what begins with a dot is not (maildir(5)). */
async function* listNames(path: string): AsyncGenerator<string> {
  try {
    for await (const entry of await opendir(path, { bufferSize: 256 }))
      if (isCandidate(entry)) yield entry.name;
  } catch (error) {
    throw mailboxError('read', path, error);
  }
}

/** Some file systems do not tell the kind of an entry; opening it will. */
function isCandidate(entry: Dirent): boolean {
  return !entry.name.startsWith('.') && !entry.isDirectory() && !entry.isSymbolicLink();
}

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

/**
 * Moves a message to `cur` and gives it the flag of a message that was read. One that somebody else has moved or marked
 * meanwhile is left alone.
 *
 * @throws {IoError} `mailbox-unwritable`.
 */
export async function markMaildirSeen(path: string, message: MaildirMessage): Promise<void> {
  const { folder, name } = message;
  const seen = addSeenFlag(name);
  if (folder === 'cur' && seen === name) return;
  try {
    await rename(join(path, folder, name), join(path, 'cur', seen));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw mailboxError('write', path, error);
  }
}

/** Flags are letters in alphabetical order after `:2,`; what is no such suffix is left as it is and one added. */
function addSeenFlag(name: string): string {
  const [, id, flags] = /^(.*):2,([A-Za-z]*)$/s.exec(name) ?? [undefined, name, ''];
  const all = new Set([...(flags ?? ''), 'S']);
  return `${id}:2,${[...all].sort().join('')}`;
}
