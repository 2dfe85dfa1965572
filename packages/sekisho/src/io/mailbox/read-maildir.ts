import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MailboxItem } from './mailbox-item.ts';
import { mailboxError } from './mailbox-error.ts';
import { readWholeFile } from './read-whole-file.ts';

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
