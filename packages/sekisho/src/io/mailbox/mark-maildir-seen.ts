import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { mailboxError } from './mailbox-error.ts';
import type { MaildirMessage } from './read-maildir.ts';

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
